package io.portclaim.agent.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.portclaim.agent.census.Destination;
import io.portclaim.agent.census.NodeUse;
import io.portclaim.agent.proc.Sysctls;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import io.portclaim.testing.SetClock;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportingTest {
    private static final Report.Reporter POD = new Report.Reporter("portclaim", "agent-x", "uid-1");
    private static final Destination NINE = to("10.0.0.9", 0, 0, 0);

    private final SetClock clock = new SetClock();
    private final Reporting reporting = new Reporting(80, 60, clock);

    private static Destination to(String address, int timeWait, int established, int closeWait) {
        return new Destination(
                "10.0.0.5", address, 443, timeWait + established + closeWait, timeWait, established, closeWait);
    }

    private static NodeUse use(String tcp, Destination... destinations) {
        return use(Sysctls.parse("40000 40099", "", "1024"), tcp, destinations);
    }

    private static NodeUse use(Sysctls sysctls, String tcp, Destination... destinations) {
        return new NodeUse(
                sysctls,
                sysctls.lendable().size(),
                0,
                Collections.nCopies(12, 0),
                PortSet.parse(tcp),
                PortSet.EMPTY,
                List.of(destinations),
                0,
                0,
                List.of());
    }

    private Report report(NodeUse use) {
        return reporting.of(use, clock.millis(), POD);
    }

    @Test
    void saysHowTheNodeIsSet() {
        Report report = report(use(Sysctls.parse("32768\t60999\n", "40000,50000-50009\n", "80\n"), ""));
        assertThat(report.ephemeralRange()).isEqualTo("32768-60999");
        assertThat(report.reservedPorts()).isEqualTo("40000,50000-50009");
        assertThat(report.unprivilegedPortStart()).isEqualTo(80);
        assertThat(report.ephemeralPorts()).isEqualTo(28221);
        assertThat(report.connectionsPerSecond()).isEqualTo(470);
        assertThat(report.tcp()).isNull();
        assertThat(report.pressure().holds()).isFalse();
    }

    @Test
    void listenersOnLentPortsAreLeftOut() {
        assertThat(report(use("22,8080,40000,40099,40100")).tcp()).isEqualTo("22,8080,40100");
        assertThat(report(use(Sysctls.parse("40000 40099", "40000", "1024"), "22,8080,40000,40001,40100"))
                        .tcp())
                .as("reserved ports can be claimed")
                .isEqualTo("22,8080,40000,40100");
    }

    /** The kernel may leave out a socket when others come and go while it writes its table. */
    @Test
    void aListenerThatOneLookHasMissedDoesNotGo() {
        report(use("22"));
        long look = clock.millis();
        for (int second = 0; second < 30; second++) {
            assertThat(reporting.of(use(""), look, POD).tcp()).isEqualTo("22");
            clock.goOn(Duration.ofSeconds(1));
        }
        assertThat(report(use("")).tcp()).as("a second look says so").isNull();
    }

    @Test
    void aListenerComesAtOnceAndGoesAfterAWhile() {
        assertThat(report(use("22")).tcp()).isEqualTo("22");
        assertThat(report(use("22,23")).tcp()).isEqualTo("22-23");
        assertThat(report(use("23")).tcp()).isEqualTo("22-23");
        clock.goOn(Duration.ofMillis(Lingering.MILLIS - 1));
        assertThat(report(use("23")).tcp()).isEqualTo("22-23");
        clock.goOn(Duration.ofMillis(1));
        assertThat(report(use("23")).tcp()).isEqualTo("23");
    }

    @Test
    void aListenerThatComesBackIsNoChange() {
        report(use("22"));
        report(use(""));
        clock.goOn(Duration.ofSeconds(9));
        report(use("22"));
        clock.goOn(Duration.ofSeconds(9));
        assertThat(report(use("")).tcp()).isEqualTo("22");
    }

    /** A node that has been up for 25 days, and for 50: more ms than an int has. */
    @ParameterizedTest
    @ValueSource(longs = {1L << 31, 1L << 32})
    void aListenerGoesAfterAWhileHoweverLongTheNodeIsUp(long uptime) {
        Lingering lingering = new Lingering();
        lingering.at(PortSet.parse("22,23"), uptime - 2);
        assertThat(lingering.at(PortSet.parse("23"), uptime - 1)).hasToString("22-23");
        assertThat(lingering.at(PortSet.EMPTY, uptime)).hasToString("22-23");
        assertThat(lingering.at(PortSet.EMPTY, uptime - 1 + Lingering.MILLIS)).hasToString("23");
        assertThat(lingering.at(PortSet.EMPTY, uptime + Lingering.MILLIS)).hasToString("");
    }

    /** The heap is 8 MiB, and everything else is in it too. */
    @Test
    void thatAllListenersGoAtOnceCostsLittleMemory() {
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        PortSet all = PortSet.parse("1024-65535");
        Lingering lingering = new Lingering();
        lingering.at(all, 0);
        long before = thread.getCurrentThreadAllocatedBytes();
        assertThat(lingering.at(PortSet.EMPTY, 1)).isEqualTo(all);
        assertThat(thread.getCurrentThreadAllocatedBytes() - before).isLessThan(400_000);
    }

    @Test
    void pressureComesAndGoesWithHysteresis() {
        assertThat(report(use("", to("10.0.0.9", 79, 0, 0))).pressure().holds()).isFalse();
        Pressure pressure = report(use("", to("10.0.0.9", 80, 0, 0))).pressure();
        assertThat(pressure.destination()).isEqualTo("10.0.0.9:443 from 10.0.0.5");
        assertThat(pressure.since()).isEqualTo("2026-11-23T09:30:00Z");
        assertThat(report(use("", to("10.0.0.9", 60, 0, 0))).pressure().holds()).isTrue();
        assertThat(report(use("", to("10.0.0.9", 59, 0, 0))).pressure().holds()).isFalse();
        assertThat(report(use("", to("10.0.0.9", 79, 0, 0))).pressure().holds()).isFalse();
        assertThat(report(use("")).pressure().holds()).isFalse();
    }

    @Test
    void pressureStaysWithItsDestination() {
        report(use("", to("10.0.0.9", 80, 0, 0)));
        assertThat(report(use("", to("10.0.0.8", 90, 0, 0), to("10.0.0.9", 70, 0, 0)))
                        .pressure()
                        .destination())
                .startsWith("10.0.0.9:443");
        assertThat(report(use("", to("10.0.0.8", 90, 0, 0), to("10.0.0.9", 50, 0, 0)))
                        .pressure()
                        .destination())
                .startsWith("10.0.0.8:443");
    }

    @Test
    void pressureSaysWhatToDo() {
        assertThat(report(use("", to("10.0.0.9", 81, 2, 1))).pressure().message())
                .isEqualTo("10.0.0.9:443 from 10.0.0.5 uses 84 of 100 ephemeral ports (81 in TIME_WAIT, 2"
                        + " ESTABLISHED, 1 in CLOSE_WAIT); when none is left, new connections to it fail with"
                        + " \"cannot assign requested address\". Most are closed and stay in TIME_WAIT for 60 s:"
                        + " keep connections open instead of opening new ones, widen net.ipv4.ip_local_port_range,"
                        + " or use more addresses for the destination.");
        assertThat(report(use("", to("10.0.0.9", 2, 1, 81))).pressure().message())
                .contains("find it with ss -tnp state close-wait");
        assertThat(report(use("", to("10.0.0.9", 2, 81, 1))).pressure().message())
                .contains("use fewer connections");
    }

    @Test
    void aRestartKeepsTheCondition() {
        Report standing = report(use("", to("10.0.0.9", 80, 0, 0)));
        Reporting next = new Reporting(80, 60, clock);
        next.resume(standing);
        clock.goOn(Duration.ofMinutes(1));
        Report same = next.of(use("", to("10.0.0.9", 70, 0, 0)), clock.millis(), POD);
        assertThat(same.saysTheSameAs(standing)).isTrue();
        assertThat(same.datedLike(standing).pressure().since()).isEqualTo("2026-11-23T09:30:00Z");
        assertThat(Reporting.destinationIn(standing.pressure().message()))
                .isEqualTo(standing.pressure().destination());
    }

    @Test
    void figuresOfAMessageAreNoChange() {
        Report before = report(use("22", to("10.0.0.9", 80, 0, 0)));
        assertThat(report(use("22", to("10.0.0.9", 90, 1, 0))).saysTheSameAs(before))
                .isTrue();
        assertThat(report(use("22", NINE)).saysTheSameAs(before)).isFalse();
    }

    @Test
    void eachFactIsAChange() {
        Report before = report(use("22"));
        Sysctls wider = Sysctls.parse("40000 40199", "", "1024");
        Sysctls reserved = Sysctls.parse("40000 40099", "50000", "1024");
        Sysctls privileged = Sysctls.parse("40000 40099", "", "80");
        for (Sysctls sysctls : List.of(wider, reserved, privileged)) {
            assertThat(report(use(sysctls, "22")).saysTheSameAs(before)).isFalse();
        }
        assertThat(report(use("22-23")).saysTheSameAs(before)).isFalse();
        assertThat(reporting
                        .of(use("22-23"), clock.millis(), new Report.Reporter("portclaim", "agent-x", "uid-2"))
                        .saysTheSameAs(report(use("22-23"))))
                .as("a new pod")
                .isFalse();
    }

    @Test
    void listsStayShort() {
        PortSet odd = PortSet.of(IntStream.range(0, 5000)
                .map(i -> 2 * i + 1)
                .mapToObj(port -> new PortRange(port, port))
                .toList());
        PortSet withGap = odd.union(PortSet.parse("30000-30009,60000"));
        PortSet listed = PortSet.parse(PortText.atLeast(withGap));
        assertThat(listed.ranges()).hasSize(PortText.MOST_RANGES);
        assertThat(withGap.minus(listed).isEmpty())
                .as("no listener is left out")
                .isTrue();
        assertThat(listed.contains(20000)).as("the nearest are joined").isFalse();
        PortSet reserved = PortSet.parse(PortText.atMost(withGap));
        assertThat(reserved.ranges()).hasSize(PortText.MOST_RANGES);
        assertThat(reserved.minus(withGap).isEmpty())
                .as("nothing is said to be reserved that is not")
                .isTrue();
        assertThat(reserved.contains(30000)).as("the smallest are left out").isTrue();
    }

    @Test
    void writesAreSpacedOut() {
        WriteBudget budget = new WriteBudget(0);
        for (int i = 0; i < WriteBudget.BURST; i++) {
            assertThat(budget.take(i)).isTrue();
        }
        assertThat(budget.take(WriteBudget.REFILL_MILLIS - 1)).isFalse();
        assertThat(budget.take(WriteBudget.REFILL_MILLIS + WriteBudget.BURST)).isTrue();
        assertThat(budget.take(WriteBudget.REFILL_MILLIS + WriteBudget.BURST)).isFalse();
        int taken = 0;
        for (long now = 0; now < 100; now++) {
            taken += budget.take(1_000_000) ? 1 : 0;
        }
        assertThat(taken).as("no more is saved up").isEqualTo(WriteBudget.BURST);
    }
}
