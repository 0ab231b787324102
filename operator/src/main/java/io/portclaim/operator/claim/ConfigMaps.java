package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a claim's ports to its ConfigMap, by create or by an update that carries UID and version, and never touches a
 * ConfigMap that is not the claim's. Thread-safe.
 */
final class ConfigMaps {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigMaps.class);
    /**
     * How old a pass may be at a create, the one write that carries no version. Far below the time that a successor has to
     * wait until it may lead, and far above what lies between a pass and its create unless the process is held up.
     */
    static final Duration FRESH = Duration.ofSeconds(2);

    private final MapRequests requests;
    private final LiveClaims live;
    private final LeadershipBarrier barrier;
    private final NamedPorts named;
    private final Function<Claim, Believed> believed;
    private final LongSupplier nanos;
    private final RefusedMaps refused;
    private final AlteredMaps altered;
    private final MapDeletion deletion;
    private final OwnWrites ownWrites = new OwnWrites();

    /**
     * Writes ConfigMaps.
     *
     * @param barrier makes sure, before a write that rests on something just read, that this process still leads
     * @param named learns what ConfigMaps say
     * @param believed what is believed of one that an earlier claim of the name left
     * @param nanos steady time, as {@link System#nanoTime}
     */
    ConfigMaps(
            MapRequests requests,
            LiveClaims live,
            LeadershipBarrier barrier,
            NamedPorts named,
            Function<Claim, Believed> believed,
            LongSupplier nanos) {
        this.requests = requests;
        this.live = live;
        this.barrier = barrier;
        this.named = named;
        this.believed = believed;
        this.nanos = nanos;
        this.refused = new RefusedMaps(requests, named::isRead);
        this.altered = new AlteredMaps(requests);
        this.deletion = new MapDeletion(requests, barrier);
    }

    /** The claim's namespace is being deleted: nothing can be made there, and soon the claim is gone too. */
    static final class NamespaceGoing extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * What became of publishing.
     *
     * @param refusal why it can't be done; null when it is done
     * @param since since when no ConfigMap of the claim says anything else, by the API server's clock; null when one may
     */
    record Written(@Nullable Refusal refusal, @Nullable Instant since) {}

    /** Whether {@code cached} says exactly what the claim's ports are, belongs to it, and is not older than an own write. */
    boolean isUpToDate(Claim claim, Assignment assignment, @Nullable ConfigMap cached) {
        if (cached == null) {
            return assignment.isEmpty();
        }
        return ClaimMap.isOwn(claim, cached)
                && !assignment.isEmpty()
                && ClaimMap.stands(claim, assignment, cached)
                && !ownWrites.isUnseen(claim.configMap());
    }

    /**
     * Passes on that the claim's ConfigMap {@linkplain #isUpToDate is up to date}, or that one of its name is not the
     * claim's.
     *
     * @return since when that is known, by the API server's clock
     */
    Instant confirm(Claim claim) {
        Instant now = requests.now();
        named.mapSaysOnly(claim.configMap(), now);
        return now;
    }

    /**
     * Whether the watch tells of what this process has just written, once for each write. It would only cost another
     * look at the claim, and nodes that join one by one would each have a write of their own.
     */
    boolean isOwnNews(ConfigMap written) {
        return ownWrites.isOwn(written);
    }

    /**
     * Makes the ConfigMap say what {@code assignment} is; without ports there is none.
     *
     * @param cached the ConfigMap as it was known before the last commit; null when there was none
     * @param passBegan when the caller began to wait for that commit, in {@code nanos}
     */
    Written publish(Claim claim, Assignment assignment, @Nullable ConfigMap cached, long passBegan) {
        Written written = write(claim, assignment, cached, passBegan);
        if (written.since() != null) {
            named.mapSaysOnly(claim.configMap(), written.since());
        }
        return written;
    }

    private Written write(Claim claim, Assignment assignment, @Nullable ConfigMap cached, long passBegan) {
        if (assignment.isEmpty()) {
            return new Written(null, deletion.withdraw(claim, cached));
        }
        Optional<Refusal> alteration = altered.standing(claim, assignment, cached);
        if (alteration.isPresent()) {
            return new Written(alteration.get(), null);
        }
        if (cached != null && ownWrites.isUnseen(claim.configMap())) {
            MapRequests.Seen seen = requests.read(claim.configMap());
            if (seen.map() != null) {
                if (version(seen.map()).equals(version(cached))) {
                    ownWrites.caughtUp(claim.configMap());
                }
                return update(claim, assignment, seen.map(), true);
            }
            return create(claim, assignment, passBegan);
        }
        return cached == null ? create(claim, assignment, passBegan) : update(claim, assignment, cached, false);
    }

    /**
     * A ConfigMap that is not the claim's and has its name; empty when the name is free or its own.
     *
     * @param cached the ConfigMap as the watch has it; null: it is read, for one without our label is not watched
     */
    Optional<Refusal> obstacle(Claim claim, @Nullable ConfigMap cached) {
        return Optional.ofNullable(
                        cached == null ? requests.read(claim.configMap()).map() : cached)
                .filter(present -> !ClaimMap.isOwn(claim, present) && !ClaimMap.isEarlier(claim, present))
                .map(present -> ConfigMapIdentity.conflict(claim.configMapName()));
    }

    /** Why the ConfigMap could not follow a change, see {@link RefusedMaps#standing}. */
    Optional<Refusal> standingRefusal(Claim claim, Assignment held, @Nullable ConfigMap cached) {
        return refused.standing(claim, held, cached);
    }

    private Written create(Claim claim, Assignment assignment, long passBegan) {
        if (nanos.getAsLong() - passBegan > FRESH.toNanos()) {
            // Held up since, this process may have a successor that has withdrawn what it is about to make.
            barrier.await();
        }
        ConfigMap wanted = ClaimMap.create(claim, assignment);
        Requests.Answer answer = noted(wanted, () -> requests.create(wanted, false));
        if (answer.code() != 409) {
            return judged(claim, wanted, answer);
        }
        MapRequests.Seen seen = requests.read(claim.configMap());
        if (seen.map() == null) {
            throw new IllegalStateException("ConfigMap %s came and went".formatted(claim.configMap()));
        }
        return update(claim, assignment, seen.map(), true);
    }

    private Written update(Claim claim, Assignment assignment, ConfigMap present, boolean justRead) {
        boolean own = ClaimMap.isOwn(claim, present);
        if (!own && !ClaimMap.isEarlier(claim, present)) {
            return new Written(ConfigMapIdentity.conflict(claim.configMapName()), requests.now());
        }
        if (own && ClaimMap.stands(claim, assignment, present)) {
            return new Written(null, requests.now());
        }
        if (!KnownMap.hasMetadata(present) || (!own && !KnownMap.hasData(present))) {
            MapRequests.Seen whole = requests.read(claim.configMap());
            if (whole.map() == null) {
                throw changed(claim);
            }
            return update(claim, assignment, whole.map(), true);
        }
        if (!own) {
            adopt(claim, present);
        }
        if (justRead || !own) {
            barrier.await();
        }
        ConfigMap wanted = ClaimMap.update(claim, assignment, present);
        if (isFrozen(present, wanted)) {
            return makeAgain(claim, assignment, present);
        }
        Requests.Answer answer = noted(wanted, () -> requests.update(wanted, false));
        if (answer.code() == 409 || answer.saysAbsent(claim.configMapName())) {
            throw changed(claim);
        }
        LOG.info("{}: ConfigMap {} is {}", claim, claim.configMapName(), answer.isSuccess() ? "updated" : "refused");
        return judged(claim, wanted, answer);
    }

    private static boolean isFrozen(ConfigMap present, ConfigMap wanted) {
        return Boolean.TRUE.equals(present.getImmutable())
                && !KnownMap.digest(present).equals(KnownMap.digest(wanted));
    }

    /** Of an immutable one only the metadata can be changed. */
    private Written makeAgain(Claim claim, Assignment assignment, ConfigMap present) {
        Optional<Refusal> frozen = refused.frozen(claim);
        if (frozen.isPresent()) {
            return new Written(frozen.get(), null);
        }
        barrier.await();
        Requests.Answer gone = requests.delete(present);
        if (gone.code() == 409) {
            throw changed(claim);
        }
        if (!gone.isSuccess() && !gone.saysAbsent(claim.configMapName())) {
            return new Written(RefusedMaps.judge(claim, gone).orElse(null), null);
        }
        ConfigMap wanted = ClaimMap.again(claim, assignment, present);
        Requests.Answer answer = noted(wanted, () -> requests.create(wanted, false));
        if (answer.code() == 409) {
            throw changed(claim);
        }
        LOG.info("{}: ConfigMap {} was immutable and is made again", claim, claim.configMapName());
        return judged(claim, wanted, answer);
    }

    /** What an earlier claim's ConfigMap says is kept for those who have read it, before it is overwritten. */
    private void adopt(Claim claim, ConfigMap present) {
        if (live.of(claim.uid(), claim.key()).isEmpty()) {
            // Of two claims that bore the name one after the other, either looks like the earlier one to the other.
            throw new IllegalStateException("%s is no longer the claim of its name".formatted(claim));
        }
        ConfigMapData.parse(claim.spec().scope(), claim.spec().nodeName(), present.getData(), believed.apply(claim))
                .ifPresent(said -> named.keepNamed(claim, said));
    }

    private interface Sending {
        Requests.Answer send();
    }

    /** Sends what the watch will bring back. */
    private Requests.Answer noted(ConfigMap wanted, Sending sending) {
        ownWrites.begin(wanted);
        boolean written = false;
        try {
            Requests.Answer answer = sending.send();
            written = answer.isSuccess();
            return answer;
        } finally {
            if (!written) {
                ownWrites.failed(wanted);
            }
        }
    }

    private static IllegalStateException changed(Claim claim) {
        return new IllegalStateException("ConfigMap %s changed meanwhile".formatted(claim.configMap()));
    }

    private Written judged(Claim claim, ConfigMap sent, Requests.Answer answer) {
        Optional<Refusal> refusal = RefusedMaps.judge(claim, answer);
        Optional<Refusal> alteration = altered.judge(claim, sent, answer);
        if (alteration.isPresent()) {
            // The watch will not bring what was sent.
            ownWrites.failed(sent);
        }
        return refusal.or(() -> alteration)
                .map(why -> new Written(why, null))
                .orElseGet(() -> new Written(null, requests.at(answer)));
    }

    /**
     * Deletes what a claim that is gone has left: as long as it is there, pods read from it what the claim held. Only for a
     * claim whose absence was read from the quorum.
     *
     * @param uid the claim's UID; the ConfigMap of another claim, or of nobody, is left alone
     * @return what stands there now
     * @throws IllegalStateException when it can't be deleted now
     */
    MapDeletion.Left deleteOf(String uid, ClaimKey claim, String configMapName) {
        return deletion.deleteOf(uid, claim, configMapName);
    }

    /** Since when there is no ConfigMap of this name, by the API server's clock; empty while there is one. */
    Optional<Instant> goneSince(ClaimKey name) {
        return deletion.goneSince(name);
    }

    private static String version(ConfigMap map) {
        return map.getMetadata().getResourceVersion();
    }
}
