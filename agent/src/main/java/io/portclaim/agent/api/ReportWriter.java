package io.portclaim.agent.api;

import io.portclaim.agent.log.AgentLog;
import io.portclaim.agent.report.Report;
import io.portclaim.agent.report.WriteBudget;
import io.portclaim.api.v1alpha1.PortClaimApi;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the report that stands at the API server saying what it should, with as few requests as that takes: one GET at the
 * start and every half hour, and a write for a change. What fails is tried again for ever, more and more seldom, and read
 * again before, so that a report that somebody changed or deleted is put right. For one thread.
 */
public final class ReportWriter {
    static final long CHECK_MILLIS = 30 * 60_000L;
    static final long FIRST_PAUSE_MILLIS = 1_000;
    static final long LONGEST_PAUSE_MILLIS = 60_000;
    private static final int DOUBLINGS = 6;
    private static final String REPORTS = PortClaimApi.PATH + "/portreports";
    // An answer from the watch cache costs the API server no read of etcd.
    private static final String FROM_CACHE = "?resourceVersion=0";

    private final ApiServer server;
    private final Consumer<@Nullable Report> found;
    private final AgentLog log;
    private final Clock clock;
    private final InstantSource steady;
    private final Random random;
    private final WriteBudget budget;
    private @Nullable Standing standing;
    private boolean fromCache = true;
    private int failuresInARow;
    private long notBefore;
    private long checkAt;
    private long successes;
    private long failures;

    /**
     * A writer that has read nothing yet.
     *
     * @param found is called with what stands, before anything is compared with it, when it is read
     * @param clock what people read
     * @param steady what durations go by
     */
    public ReportWriter(
            ApiServer server,
            Consumer<@Nullable Report> found,
            AgentLog log,
            Clock clock,
            InstantSource steady,
            Random random) {
        this.server = server;
        this.found = found;
        this.log = log;
        this.clock = clock;
        this.steady = steady;
        this.random = random;
        this.budget = new WriteBudget(steady.millis());
    }

    /** How often the API server took a write, or had what was to be written after a failure. */
    public long successes() {
        return successes;
    }

    /** How often something kept the report from being read or written. */
    public long failures() {
        return failures;
    }

    /** Whether it is known what stands; if not, this reads it, unless it is too early after a failure. */
    public boolean knowsWhatStands(Identity identity) {
        long now = steady.millis();
        if (now < notBefore) {
            return false;
        }
        return (isOwn(standing, identity) && now < checkAt) || read(identity, now);
    }

    /** Whether it is known that there is no report, or one that this node owns. */
    private static boolean isOwn(@Nullable Standing standing, Identity identity) {
        return standing != null && (!standing.exists() || standing.ownerUid().equals(identity.nodeUid()));
    }

    /** Writes, if {@code wanted} says anything else than what stands and a write is due. */
    public void write(Identity identity, Report wanted) {
        Standing current = standing;
        if (current == null || steady.millis() < notBefore) {
            return;
        }
        if (!isOwn(current, identity)) {
            failed(
                    identity,
                    current.ownerUid().isEmpty()
                            ? "it has no owner, so the garbage collector does not delete it: delete it, and it is"
                                    + " re-created"
                            : "it is of an earlier node of this name, and the garbage collector will delete it");
            return;
        }
        Report said = current.report();
        if (said != null && said.saysTheSameAs(wanted)) {
            if (failuresInARow > 0) {
                failuresInARow = 0;
                successes++;
            }
            return;
        }
        if (!budget.take(steady.millis())) {
            return;
        }
        if (!current.exists()) {
            current = create(identity);
        }
        if (current != null) {
            put(identity, current, said == null ? wanted : wanted.datedLike(said));
        }
    }

    private boolean read(Identity identity, long now) {
        try {
            Answer answer = server.exchange("GET", path(identity) + (fromCache ? FROM_CACHE : ""), null);
            if (answer.code() == HttpURLConnection.HTTP_NOT_FOUND) {
                standing = Standing.ABSENT;
            } else if (answer.isSuccess()) {
                standing = ReportJson.standing(answer.body());
            } else {
                failed(identity, refusal("can't be read", answer));
                return false;
            }
        } catch (IOException e) {
            failed(identity, "can't be read: " + e);
            return false;
        }
        fromCache = true;
        // A tenth more or less, so that agents that began together do not stay together.
        checkAt = now + CHECK_MILLIS - CHECK_MILLIS / 10 + random.nextInt((int) (CHECK_MILLIS / 5));
        found.accept(standing.report());
        return true;
    }

    private @Nullable Standing create(Identity identity) {
        try {
            Answer answer = server.exchange("POST", REPORTS, ReportJson.created(identity));
            if (answer.isSuccess()) {
                standing = ReportJson.standing(answer.body());
                return standing;
            }
            failed(
                    identity,
                    refusal("can't be created", answer)
                            + (answer.code() == HttpURLConnection.HTTP_NOT_FOUND
                                    ? " (install the definition portreports." + PortClaimApi.GROUP
                                            + ", which is in crds/)"
                                    : ""));
        } catch (IOException e) {
            failed(identity, "can't be created: " + e);
        }
        return null;
    }

    private void put(Identity identity, Standing current, Report wanted) {
        try {
            String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
            Answer answer = server.exchange(
                    "PUT",
                    path(identity) + "/status",
                    ReportJson.status(identity, current.resourceVersion(), wanted, now));
            if (answer.isSuccess()) {
                standing = ReportJson.standing(answer.body());
                successes++;
                failuresInARow = 0;
                notBefore = 0;
                log.info(identity.node(), "written: " + summary(wanted));
            } else if (answer.code() == HttpURLConnection.HTTP_NOT_FOUND) {
                log.info(identity.node(), "was deleted, and is re-created");
                standing = Standing.ABSENT;
            } else {
                failed(identity, refusal("can't be written", answer));
            }
        } catch (IOException e) {
            failed(identity, "can't be written: " + e);
        }
    }

    private static String summary(Report report) {
        return "ephemeral " + report.ephemeralRange() + ", reserved " + orNone(report.reservedPorts())
                + ", listening TCP " + orNone(report.tcp()) + ", UDP " + orNone(report.udp()) + ", "
                + report.pressure().message();
    }

    private static String orNone(@Nullable String ports) {
        return ports == null ? "none" : ports;
    }

    private static String path(Identity identity) {
        return REPORTS + "/" + identity.node();
    }

    private static String refusal(String what, Answer answer) {
        String message = answer.body();
        try {
            Map<String, Object> status = Json.read(message);
            message = Json.text(status, "message");
        } catch (IOException e) {
            // Not the API server's own words: they are given as they are.
        }
        return what + ": the API server answers " + answer.code() + " " + message.strip();
    }

    private void failed(Identity identity, String why) {
        failures++;
        long pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failuresInARow, DOUBLINGS));
        failuresInARow++;
        pause -= random.nextInt((int) pause / 2);
        notBefore = steady.millis() + pause;
        standing = null;
        fromCache = false;
        log.warn(identity.node(), why + "; tried again in " + (pause + 999) / 1000 + " s");
    }
}
