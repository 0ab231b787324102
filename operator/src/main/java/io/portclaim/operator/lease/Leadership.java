package io.portclaim.operator.lease;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.portclaim.operator.options.DurationText;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this process leads. In this order: make it, {@link #observe} the client, register listeners, {@link #start} once the caches
 * are full. On SIGTERM: {@link #beginShutdown}, {@code Operator.stop()} with {@code closeClientOnStop(false)}, the ledger's last commit,
 * {@link #release}. Thread-safe.
 *
 * <p>What fabric8 7.8.0 does, as read in LeaderElector:
 *
 * <ul>
 *   <li>Renewal begins only when the start callback has returned. So listeners run on a thread of their own; a callback that
 *       loaded ten thousand claims would lose the Lease meanwhile. JOSDK processes events from its start, so a standby must ignore
 *       them.
 *   <li>The stop callback runs when the Lease is stolen, when the renew deadline has passed, and in {@link #release}. The elector then
 *       never stands again. System.exit can deadlock with a shutdown hook; hence {@link Halt}.
 *   <li>The renew deadline is looked at only between two requests: give the client a request timeout below it and few
 *       retries. With the default of ten, a leader without an API server noticed after 22 seconds instead of 10.
 *   <li>A Lease with an empty spec is never taken: leave its creation to the elector.
 *   <li>Renewal times are compared with the local wall clock, so two processes whose clocks differ can both lead for a
 *       while. The ledger fences; the Lease only saves them the quarrel.
 * </ul>
 */
public final class Leadership {
    // Renewals are a retry period apart and may be late by the renew deadline; the rest is scheduling.
    private static final Duration RENEWAL_MARGIN = Duration.ofSeconds(5);
    // A standby asks every few seconds, a hanging request included well within a minute.
    private static final Duration ELECTION_SILENCE = Duration.ofMinutes(2);
    private static final Logger log = LoggerFactory.getLogger(Leadership.class);

    private final @Nullable LeaseSettings settings;
    private final @Nullable LeaseTraffic traffic;
    private final Halt halt;
    private final List<Runnable> startListeners = new CopyOnWriteArrayList<>();
    private final List<Runnable> stopListeners = new CopyOnWriteArrayList<>();
    private volatile boolean leading;
    private volatile boolean shuttingDown;
    private volatile @Nullable String leader;
    private volatile @Nullable Election election;

    private Leadership(@Nullable LeaseSettings settings, @Nullable LeaseTraffic traffic, Halt halt) {
        this.settings = settings;
        this.traffic = traffic;
        this.halt = halt;
    }

    /** Stands for election by a Lease; halts when it is lost. */
    public static Leadership elected(LeaseSettings settings, Halt halt) {
        return elected(settings, halt, System::nanoTime);
    }

    static Leadership elected(LeaseSettings settings, Halt halt, LongSupplier nanoClock) {
        LeaseTraffic traffic = new LeaseTraffic(
                settings.lease(),
                nanoClock,
                (before, now) -> halt.now(
                        Halt.SET_BACK,
                        "Lease %s had version %d and has %d: etcd was set back to an earlier state. Halting, to read all again."
                                .formatted(settings.lease(), before, now)));
        return new Leadership(settings, traffic, halt);
    }

    /** Leads from {@link #start} on, without a Lease. Two such processes are kept apart by nothing but the ledger. */
    public static Leadership alone(Halt halt) {
        return new Leadership(null, null, halt);
    }

    /**
     * Lets it see the renewals that go through a client:
     * {@code new KubernetesClientBuilder().withHttpClientBuilderConsumer(leadership::observe)}. Without it,
     * {@link #renewalAge} and {@link #problem} stay empty.
     */
    public void observe(HttpClient.Builder builder) {
        if (traffic != null) {
            builder.addOrReplaceInterceptor("lease-traffic", traffic);
        }
    }

    /**
     * Runs when this process begins to lead, on a thread of its own, in the order of registration. If it throws, the process
     * is halted: a leader that cannot begin must make room.
     */
    public void onStart(Runnable listener) {
        startListeners.add(listener);
    }

    /** Runs when this process leads no more because it shuts down. (When it loses the Lease, it is halted before this.) */
    public void onStop(Runnable listener) {
        stopListeners.add(listener);
    }

    /**
     * Stands for election; where there is none, begins to lead. To be called once.
     *
     * @param client for the Lease; should be observed
     */
    public void start(KubernetesClient client) {
        if (settings == null) {
            started();
        } else {
            election = new Election(client, settings, callbacks());
        }
    }

    /** What the election calls. */
    public LeaderCallbacks callbacks() {
        return new LeaderCallbacks(this::started, this::stopped, this::led);
    }

    /** Whether this process leads, as far as it knows: another may lead already (see the ledger). */
    public boolean isLeading() {
        return leading;
    }

    /** Who leads as far as this process has seen; empty if nobody does or nothing is known yet. */
    public Optional<String> leader() {
        return Optional.ofNullable(leader).filter(name -> !name.isEmpty());
    }

    /**
     * The time since the API server confirmed this leader's last renewal; empty if it does not lead, if there is no election,
     * or if the client is not observed.
     */
    public Optional<Duration> renewalAge() {
        return leading && traffic != null ? traffic.sinceWritten() : Optional.empty();
    }

    /** From now on, losing the lead is expected. To be called first in a shutdown hook. */
    public void beginShutdown() {
        shuttingDown = true;
    }

    /**
     * Ends the election, and lets another process lead at once instead of after the lease duration. Call it last on shutdown: whatever
     * this process writes afterwards, it writes beside a new leader. Takes a few seconds at most and never throws.
     *
     * @param client need not be observed; must not be closed yet
     * @return whether the Lease was this process's and is free now
     */
    public boolean release(KubernetesClient client) {
        Election present = election;
        if (present != null) {
            present.close();
        }
        return settings != null && new LeaseRelease(client, settings).run();
    }

    /** Why the election is broken, for a liveness probe: a leader that is not renewed, a standby that has ceased to ask. */
    public Optional<String> problem() {
        if (settings == null || traffic == null || shuttingDown) {
            return Optional.empty();
        }
        Duration limit = settings.duration().plus(RENEWAL_MARGIN);
        if (leading) {
            return renewalAge()
                    .filter(age -> age.compareTo(limit) > 0)
                    .map(age -> "this process leads, but lease " + settings.lease() + " was last renewed "
                            + age.toSeconds() + "s ago and holds for "
                            + settings.duration().toSeconds() + "s");
        }
        return traffic.sinceAsked()
                .filter(silence -> silence.compareTo(ELECTION_SILENCE) > 0)
                .map(silence -> "this process has not tried to renew or acquire lease " + settings.lease() + " for "
                        + silence.toSeconds() + "s: its election has ended");
    }

    /** Why it is not known yet who leads, for a readiness probe; empty once someone does. */
    public Optional<String> waiting() {
        if (leading || leader().isPresent()) {
            return Optional.empty();
        }
        return Optional.of("waiting for a leader");
    }

    /** Who leads, in words: "leading by lease a/b as c", "lease a/b is held by c". */
    public String describe() {
        if (settings == null) {
            return leading ? "leading without an election" : "not started";
        }
        return leading
                ? "leading by lease " + settings.lease() + " as " + settings.identity()
                : "lease " + settings.lease() + " is held by " + leader().orElse("nobody");
    }

    private void led(@Nullable String newLeader) {
        leader = newLeader;
        if (settings != null && !settings.identity().equals(newLeader)) {
            log.info("Lease {} is held by {}", settings.lease(), leader().orElse("nobody"));
        }
    }

    private void started() {
        leading = true;
        log.info("This process is {}", describe());
        Thread starter = new Thread(this::begin, "leadership");
        starter.setDaemon(true);
        starter.start();
    }

    private void begin() {
        try {
            for (Runnable listener : startListeners) {
                if (leading) {
                    listener.run();
                }
            }
        } catch (RuntimeException | Error e) {
            log.error("This process could not begin to lead", e);
            halt.now(Halt.START_FAILED, "Halting, so that another process can lead.");
        }
    }

    private void stopped() {
        leading = false;
        if (!shuttingDown) {
            halt.now(Halt.LEASE_LOST, "Lost the lead: " + cause() + ". Halting, so that no two leaders act.");
        }
        stopListeners.forEach(Runnable::run);
    }

    // An elector that has given up does not look who came after.
    private String cause() {
        if (settings != null && leader().filter(settings.identity()::equals).isPresent()) {
            return "lease " + settings.lease() + " was not renewed within "
                    + DurationText.format(settings.renewDeadline());
        }
        return describe();
    }
}
