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
 * in one process. The steps are for one thread; {@link #findings} and {@link #isLive} are for any.
 */
public final class Agent {
    /**
     * Looks are up to half a minute apart, and an API server that does not answer keeps a step for up to a minute; the rest is for
     * what passes by itself.
     */
    static final long LIVE_MILLIS = 180_000;

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
    private final Complaints lookComplaints = new Complaints();
    private final Complaints identityComplaints = new Complaints();
    private @Nullable Census census;
    private @Nullable Sysctls sysctls;
    private @Nullable NodeUse use;
    private @Nullable Identity identity;
    private String token = "";
    private boolean resumed;
    /** Whether an earlier agent has reported ports of which only another scan can show whether they are still held. */
    private boolean unsettled;

    private boolean pressure;
    /** Whether the last look that was due has succeeded. */
    private boolean sees;

    private long lookedAt;
    private long looks;
    private long failedLooks;
    private long lookNanos;
    private long unidentified;
    private volatile @Nullable Findings findings;
    private volatile long soundAt;

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
        this.soundAt = steady.millis();
        // Has the counters at 0 for the first scrape: to Prometheus, what begins at 1 has not increased.
        identity();
        publish();
    }

    /**
     * Looks, if it is time, and writes, if something has changed.
     *
     * @return for how long to wait before the next step
     */
    public Duration step() {
        look();
        Identity self = identity();
        if (sees && identity != null) {
            soundAt = lookedAt;
        }
        // Before the API server is asked: if it is away, that takes a while, and this is when the metrics are wanted.
        publish();
        if (sees && self != null && writer.knowsWhatStands(self)) {
            if (unsettled) {
                look();
            }
            write(self);
        }
        publish();
        return STEP;
    }

    /** What the steps have found so far; null while it is not known on which node that is. */
    public @Nullable Findings findings() {
        return findings;
    }

    /** Whether it does what it is there for: it has looked within some minutes, and knows on which node. */
    public boolean isLive() {
        return steady.millis() - soundAt < LIVE_MILLIS;
    }

    private void look() {
        long before = cpu.nanos();
        try {
            Sysctls current = namespace.sysctls();
            if (current.equals(sysctls) && !unsettled && !pace.isDue(steady.millis())) {
                return;
            }
            sysctls = current;
            count(current);
            looks++;
            sees = true;
            lookComplaints.over();
        } catch (IOException e) {
            failedLooks++;
            sees = false;
            complain(lookComplaints, e);
        }
        long nanos = Math.max(0, cpu.nanos() - before);
        lookNanos += nanos;
        pace.looked(steady.millis(), nanos);
    }

    private void count(Sysctls current) throws IOException {
        if (census == null) {
            census = new Census(AgentOptions.MOST_DESTINATIONS, options.topDestinations(), current);
        }
        long now = steady.millis();
        census.begin(current, now);
        namespace.tcp(census::tcp);
        namespace.udp(census::udp);
        use = census.end();
        lookedAt = now;
        unsettled = false;
    }

    /**
     * As the token says it now: a Node that is deleted and registers again has another UID, and its pods may live on. Null if it
     * does not say.
     */
    private @Nullable Identity identity() {
        try {
            String current = server.token();
            if (identity == null || !current.equals(token)) {
                identity = Identity.of(current);
                token = current;
            }
            identityComplaints.over();
            return identity;
        } catch (IOException e) {
            unidentified++;
            complain(identityComplaints, e);
            return null;
        }
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
        if (found != null && sees) {
            Report report = reporting.of(found, lookedAt, self.reporter());
            writer.write(self, report);
            pressure = report.pressure().holds();
        }
    }

    private void publish() {
        Identity known = identity;
        if (known != null) {
            findings = new Findings(
                    known.node(),
                    use,
                    pressure,
                    options.topDestinations(),
                    writer.successes(),
                    writer.failures() + unidentified,
                    looks,
                    failedLooks,
                    lookNanos);
        }
    }

    private void complain(Complaints complaints, IOException e) {
        if (complaints.isNew(e)) {
            Identity known = identity;
            log.warn(known == null ? "" : known.node(), "nothing can be reported: " + e.getMessage());
        }
    }
}
