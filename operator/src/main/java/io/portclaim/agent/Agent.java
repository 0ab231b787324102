package io.portclaim.agent;

import io.portclaim.agent.api.ApiServer;
import io.portclaim.agent.api.Identity;
import io.portclaim.agent.api.ReportWriter;
import io.portclaim.agent.census.Census;
import io.portclaim.agent.census.NodeUse;
import io.portclaim.agent.http.Findings;
import io.portclaim.agent.log.AgentLog;
import io.portclaim.agent.proc.CpuTime;
import io.portclaim.agent.proc.NetworkNamespace;
import io.portclaim.agent.proc.Sysctls;
import io.portclaim.agent.report.Report;
import io.portclaim.agent.report.Reporting;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One node's agent, as steps: whoever has it calls {@link #step} over and over, with the pause that it asks for. Many can be
 * in one process. The steps are for one thread; {@link #findings} is for any.
 */
public final class Agent {
    private static final Duration STEP = Duration.ofMillis(Pace.SHORTEST_MILLIS);

    private final NetworkNamespace namespace;
    private final ApiServer server;
    private final AgentOptions options;
    private final AgentLog log;
    private final InstantSource steady;
    private final CpuTime cpu = new CpuTime();
    private final Reporting reporting;
    private final ReportWriter writer;
    private final Pace pace;
    private @Nullable Census census;
    private @Nullable Sysctls sysctls;
    private @Nullable NodeUse use;
    private @Nullable Identity identity;
    private String token = "";
    private boolean resumed;
    /** Whether an earlier agent has reported ports of which only another look can tell whether they are still held. */
    private boolean unsettled;

    private boolean pressure;
    private String complaint = "";
    private long lookedAt;
    private long looks;
    private long lookNanos;
    private volatile @Nullable Findings findings;
    private volatile long steppedAt;

    /**
     * An agent that has not looked yet.
     *
     * @param proc the proc file system of the node's network namespace
     * @param server where the report is kept; its token says who this is
     * @param clock what people read
     * @param steady what durations go by
     * @param random for the pauses after failures
     */
    public Agent(
            Path proc,
            ApiServer server,
            AgentOptions options,
            AgentLog log,
            Clock clock,
            InstantSource steady,
            Random random) {
        this.namespace = new NetworkNamespace(proc);
        this.server = server;
        this.options = options;
        this.log = log;
        this.steady = steady;
        this.reporting = new Reporting(options.pressurePercent(), options.pressureClearPercent(), clock);
        this.writer = new ReportWriter(server, this::resume, log, clock, steady, random);
        this.pace = new Pace(steady.millis());
        this.steppedAt = steady.millis();
        introduce();
    }

    /**
     * Looks, if it is time, and writes, if something has changed.
     *
     * @return for how long to wait before the next step
     */
    public Duration step() {
        steppedAt = steady.millis();
        try {
            look();
            Identity self = identity();
            // Before the API server is asked: if it is away, that takes a while, and this is when the metrics are
            // wanted.
            publish(self);
            if (writer.knowsWhatStands(self)) {
                if (unsettled) {
                    look();
                }
                write(self);
            }
            publish(self);
            complaint = "";
        } catch (IOException e) {
            complain(e);
        }
        return STEP;
    }

    /** What the steps have found so far; null while it is not known on which node that is. */
    public @Nullable Findings findings() {
        return findings;
    }

    /** When the last step began, in ms of the steady clock. */
    public long steppedAt() {
        return steppedAt;
    }

    private void look() throws IOException {
        long before = cpu.nanos();
        Sysctls current = namespace.sysctls();
        boolean changed = !current.equals(sysctls);
        if (!changed && !unsettled && !pace.isDue(steady.millis())) {
            return;
        }
        sysctls = current;
        if (census == null) {
            census = new Census(AgentOptions.MOST_DESTINATIONS, options.topDestinations(), current);
        }
        lookedAt = steady.millis();
        census.begin(current, lookedAt);
        namespace.tcp(census::tcp);
        namespace.udp(census::udp);
        use = census.end();
        unsettled = false;
        long nanos = Math.max(0, cpu.nanos() - before);
        looks++;
        lookNanos += nanos;
        pace.looked(steady.millis(), nanos);
    }

    /** As the token says it now: a Node that is deleted and registers again has another UID, and its pods may live on. */
    private Identity identity() throws IOException {
        String current = server.token();
        Identity known = identity;
        if (known == null || !current.equals(token)) {
            known = Identity.of(current);
            identity = known;
            token = current;
        }
        return known;
    }

    private void resume(@Nullable Report standing) {
        if (!resumed) {
            reporting.resume(standing);
            unsettled = standing != null
                    && census != null
                    && census.resume(standing.lendable(), standing.tcpListening(), standing.udpListening());
            resumed = true;
        }
    }

    private void write(Identity self) {
        NodeUse found = use;
        if (found != null) {
            Report report = reporting.of(found, lookedAt, self.reporter());
            writer.write(self, report);
            pressure = report.pressure().holds();
        }
    }

    /** Has the counters at 0 for the first scrape: to Prometheus, what begins at 1 has not increased. */
    private void introduce() {
        try {
            publish(identity());
        } catch (IOException e) {
            // The first step meets it again, and says so.
        }
    }

    private void publish(Identity self) {
        findings = new Findings(
                self.node(),
                use,
                pressure,
                options.topDestinations(),
                writer.successes(),
                writer.failures(),
                looks,
                lookNanos);
    }

    /** Said once, not at each step. */
    private void complain(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (!message.equals(complaint)) {
            Identity known = identity;
            log.warn(known == null ? "" : known.node(), "nothing can be reported: " + message);
            complaint = message;
        }
    }
}
