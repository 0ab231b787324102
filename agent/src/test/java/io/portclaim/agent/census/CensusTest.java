package io.portclaim.agent.census;

import static io.portclaim.agent.FakeProc.orphan;
import static io.portclaim.agent.FakeProc.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.agent.FakeProc;
import io.portclaim.agent.proc.NetworkNamespace;
import io.portclaim.agent.proc.Sysctls;
import io.portclaim.agent.proc.TcpState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CensusTest {
    private static final Sysctls SYSCTLS = Sysctls.parse("40000\t40099\n", "40010-40019\n", "1024\n");

    @TempDir
    Path folder;

    private final Census census = new Census(5, 5, SYSCTLS);
    private FakeProc proc;
    private long millis;

    @BeforeEach
    void nothing() {
        proc = new FakeProc(folder);
        proc.tcp();
        proc.udp();
    }

    private NodeUse look() throws IOException {
        return look(SYSCTLS);
    }

    private NodeUse look(Sysctls sysctls) throws IOException {
        NetworkNamespace namespace = new NetworkNamespace(folder);
        census.begin(sysctls, millis);
        namespace.tcp(census::tcp);
        namespace.udp(census::udp);
        return census.end();
    }

    @Test
    void countsWhatIsUsedTowardEachDestination() throws IOException {
        proc.tcp(
                row("01", "10.0.0.5:40000", "10.0.0.9:443"),
                row("08", "10.0.0.5:40001", "10.0.0.9:443"),
                orphan("06", "10.0.0.5:40002", "10.0.0.9:443"),
                orphan("06", "10.0.0.5:40003", "10.0.0.9:443"),
                row("01", "10.0.0.6:40000", "10.0.0.9:443"),
                row("01", "10.0.0.5:40000", "10.0.0.9:80"));
        NodeUse use = look();
        assertThat(use.ephemeralPorts()).isEqualTo(90);
        assertThat(use.ephemeralUsed()).isEqualTo(4);
        assertThat(use.highestUse()).isEqualTo(4);
        assertThat(use.destinations()).hasSize(3).startsWith(new Destination("10.0.0.5", "10.0.0.9", 443, 4, 2, 1, 1));
        assertThat(use.destinations().get(0).name()).isEqualTo("10.0.0.9:443 from 10.0.0.5");
        assertThat(use.sockets().get(TcpState.TIME_WAIT.number())).isEqualTo(2);
        assertThat(use.sockets().get(TcpState.ESTABLISHED.number())).isEqualTo(3);
    }

    @Test
    void connectionsToAListenerAreNotOutgoing() throws IOException {
        proc.tcp(
                row("0A", "0.0.0.0:40005", "0.0.0.0:0"),
                row("01", "10.0.0.5:40005", "10.0.0.9:50000"),
                row("01", "10.0.0.5:8080", "10.0.0.9:50001"));
        assertThat(look().destinations()).isEmpty();
        assertThat(look().ephemeralUsed()).isZero();
        // The listener is gone and its connection is not.
        proc.tcp(row("01", "10.0.0.5:40005", "10.0.0.9:50000"));
        assertThat(look().destinations()).isEmpty();
    }

    @Test
    void reservedPortsAreNotLent() throws IOException {
        proc.tcp(row("01", "10.0.0.5:40010", "10.0.0.9:443"));
        assertThat(look().ephemeralUsed()).isZero();
    }

    @Test
    void tellsWhoListens() throws IOException {
        proc.tcp(row("0A", "127.0.0.1:22", "0.0.0.0:0"), row("01", "10.0.0.5:23", "10.0.0.9:50000"));
        proc.udp(
                row("07", "0.0.0.0:68", "0.0.0.0:0"),
                row("01", "10.0.0.5:69", "10.0.0.9:53"),
                row("07", "0.0.0.0:40001", "0.0.0.0:0"));
        NodeUse use = look();
        assertThat(use.tcpListening()).hasToString("22");
        assertThat(use.udpListening()).hasToString("68,40001");
        assertThat(use.ephemeralUsed()).isEqualTo(1);
    }

    private String udp(String... ports) throws IOException {
        proc.udp(Stream.of(ports)
                .map(port -> row("07", "0.0.0.0:" + port, "0.0.0.0:0"))
                .toArray(String[]::new));
        return look().udpListening().toString();
    }

    @Test
    void aResolversRandomPortsAreNoUdpServers() throws IOException {
        assertThat(udp("53", "514")).as("the first look is believed").isEqualTo("53,514");
        for (int random = 2000; random < 2100; random++) {
            assertThat(udp("53", "514", Integer.toString(random))).isEqualTo("53,514");
        }
        assertThat(udp("53", "9000")).isEqualTo("53");
        assertThat(udp("53", "9000")).isEqualTo("53,9000");
    }

    @Test
    void aUdpServerThatOneLookMissedIsNoNewcomer() throws IOException {
        assertThat(udp("53")).isEqualTo("53");
        assertThat(udp("53")).isEqualTo("53");
        assertThat(udp()).isEqualTo("");
        assertThat(udp("53")).isEqualTo("53");
        assertThat(udp()).isEqualTo("");
        assertThat(udp()).isEqualTo("");
        assertThat(udp("53")).as("missed twice").isEqualTo("");
        assertThat(udp("53")).isEqualTo("53");
    }

    @Test
    void aLookThatFailsIsNotTheOneBefore() throws IOException {
        assertThat(udp("53")).isEqualTo("53");
        census.begin(SYSCTLS, millis);
        assertThat(udp("53")).isEqualTo("53");
    }

    /** An outgoing connection keeps its port when the range shrinks, or the port is reserved, and nobody can listen there. */
    @Test
    void portsThatWereLentAreHeldUntilTheyAreGivenBack() throws IOException {
        proc.tcp(
                row("01", "10.0.0.5:40000", "10.0.0.9:443"),
                orphan("06", "10.0.0.5:40001", "10.0.0.9:443"),
                row("01", "10.0.0.5:8080", "10.0.0.9:50000"));
        proc.udp(row("01", "10.0.0.5:40002", "10.0.0.9:53"));
        assertThat(look().tcpListening()).hasToString("");
        Sysctls narrow = Sysctls.parse("40003\t40099\n", "40010-40019\n", "1024\n");
        assertThat(look(narrow).tcpListening()).hasToString("40000-40001");
        assertThat(look(narrow).udpListening()).hasToString("40002");

        proc.tcp(row("01", "10.0.0.5:40000", "10.0.0.9:443"));
        assertThat(look(narrow).tcpListening()).as("one look may miss it").hasToString("40000-40001");
        assertThat(look(narrow).tcpListening()).hasToString("40000");
        Sysctls reserving = Sysctls.parse("40003\t40099\n", "40003-40019\n", "1024\n");
        assertThat(look(reserving).tcpListening()).as("another change").hasToString("40000");

        proc.tcp();
        proc.udp();
        assertThat(look(reserving).tcpListening()).as("one look may miss it").hasToString("40000");
        assertThat(look(reserving).tcpListening()).hasToString("");
        proc.tcp(row("01", "10.0.0.5:40000", "10.0.0.9:443"));
        NodeUse use = look(reserving);
        assertThat(use.tcpListening()).as("bound by whoever made it").hasToString("");
        assertThat(use.udpListening()).hasToString("");
    }

    @Test
    void aConnectionThatOneLookMissesHoldsItsPortStill() throws IOException {
        Sysctls narrow = Sysctls.parse("40003\t40099\n", "40010-40019\n", "1024\n");
        String connection = row("01", "10.0.0.5:40000", "10.0.0.9:443");
        proc.tcp(connection);
        look();
        proc.tcp();
        assertThat(look(narrow).tcpListening()).as("missed at once").hasToString("40000");
        proc.tcp(connection);
        assertThat(look(narrow).tcpListening()).hasToString("40000");
        proc.tcp();
        assertThat(look(narrow).tcpListening()).as("missed later").hasToString("40000");
        proc.tcp(connection);
        assertThat(look(narrow).tcpListening()).hasToString("40000");
    }

    @Test
    void whatIsLeftForAMinuteIsLeaked() throws IOException {
        proc.tcp(
                row("08", "10.0.0.5:40000", "10.0.0.9:443"),
                row("08", "10.0.0.5:40001", "10.0.0.9:443"),
                row("05", "10.0.0.5:40002", "10.0.0.8:443"),
                orphan("05", "10.0.0.5:40003", "10.0.0.8:443"),
                orphan("06", "10.0.0.5:40004", "10.0.0.9:443"));
        assertThat(look().leaks()).isEmpty();
        millis = Census.LEAK_MILLIS - 1;
        assertThat(look().closeWaitLeaks()).isZero();
        millis = Census.LEAK_MILLIS;
        NodeUse use = look();
        assertThat(use.closeWaitLeaks()).isEqualTo(2);
        assertThat(use.finWait2Leaks()).as("the orphan is the kernel's").isEqualTo(1);
        assertThat(use.leaks())
                .containsExactly(
                        new Leak(TcpState.CLOSE_WAIT, "10.0.0.9", 443, 1000, 2),
                        new Leak(TcpState.FIN_WAIT2, "10.0.0.8", 443, 1000, 1));
    }

    /** With tcp_fin_timeout above its default it takes longer, and still no process could do anything about it. */
    @Test
    void whatTheKernelEndsByItselfIsNoLeak() throws IOException {
        proc.tcp(orphan("05", "10.0.0.5:40003", "10.0.0.8:443"), orphan("08", "10.0.0.5:8080", "10.0.0.8:50000"));
        look();
        millis = 10 * Census.LEAK_MILLIS;
        NodeUse use = look();
        assertThat(use.finWait2Leaks()).isZero();
        assertThat(use.closeWaitLeaks())
                .as("accepted by the kernel, and by no process yet")
                .isEqualTo(1);
    }

    /** While thousands of sockets end, the kernel passes over some that are there. */
    @Test
    void aConnectionThatOneLookMissesIsNoYoungerAfterwards() throws IOException {
        String connection = row("08", "10.0.0.5:40000", "10.0.0.9:443");
        for (int second = 0; second < 60; second += 2) {
            proc.tcp(second % 4 == 0 ? new String[] {connection} : new String[0]);
            millis = second * 1000L;
            look();
        }
        millis = Census.LEAK_MILLIS;
        proc.tcp(connection);
        assertThat(look().closeWaitLeaks()).isEqualTo(1);
    }

    @Test
    void anotherConnectionBeginsAnew() throws IOException {
        proc.tcp(row("08", "10.0.0.5:40000", "10.0.0.9:443"));
        look();
        millis = 50_000;
        proc.tcp();
        look();
        look();
        proc.tcp(row("08", "10.0.0.5:40000", "10.0.0.9:443"));
        look();
        millis = 100_000;
        assertThat(look().closeWaitLeaks()).isZero();
    }

    /** More connections than are remembered cost no more memory, and the count is a floor. */
    @Test
    void remembersABoundedNumber() throws IOException {
        Ages ages = new Ages(100);
        for (long at : new long[] {0, 60_000}) {
            ages.begin(at);
            int old = 0;
            for (long hash = 1; hash <= 1000; hash++) {
                old += ages.seen(hash) >= 60_000 ? 1 : 0;
            }
            assertThat(old).isEqualTo(at == 0 ? 0 : 100);
        }
    }

    @Test
    void isExactForManySockets() throws IOException {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            for (int to = 0; to < 50; to++) {
                int port = i < 10 ? 40000 + i : 40010 + i;
                rows.add(row("01", "10.0.0.5:" + port, "10.0.1." + to + ":443"));
            }
        }
        proc.tcp(rows.toArray(String[]::new));
        NodeUse use = look();
        assertThat(use.highestUse()).isEqualTo(90);
        assertThat(use.ephemeralUsed()).isEqualTo(90);
    }
}
