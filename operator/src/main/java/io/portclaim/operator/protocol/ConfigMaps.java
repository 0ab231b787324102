package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.protocol.ConfigMapApi.Answer;
import io.portclaim.operator.protocol.ConfigMapApi.Mode;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a claim's ports to its ConfigMap, by create or by an update that carries UID and version, and never touches a
 * ConfigMap that is not the claim's. Thread-safe.
 */
public final class ConfigMaps {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigMaps.class);
    /**
     * How old a pass may be at a create, the one write that carries no version. Far below the time that a successor has to
     * wait until it may lead, and far above what lies between a pass and its create unless the process is held up.
     */
    static final Duration FRESH = Duration.ofSeconds(2);

    private final ConfigMapApi api;
    private final ClaimApi claims;
    private final LeadershipBarrier barrier;
    private final NamedPorts named;
    private final EarlierPorts earlier;
    private final Time time;
    private final RefusedMaps refused;
    private final AlteredMaps altered;
    private final MapDeletion deletion;
    private final OwnWrites ownWrites = new OwnWrites();
    private final ListedMaps listedMaps = new ListedMaps();

    /**
     * Writes ConfigMaps.
     *
     * @param barrier makes sure, before a write that is based on something just read, that this process still leads
     * @param named learns what ConfigMaps say
     * @param believed what is believed of one that an earlier claim of the name left
     */
    public ConfigMaps(
            ConfigMapApi api,
            ClaimApi claims,
            LeadershipBarrier barrier,
            NamedPorts named,
            Function<Claim, Believed> believed,
            Time time) {
        this.api = api;
        this.claims = claims;
        this.barrier = barrier;
        this.named = named;
        this.earlier = new EarlierPorts(api, named, believed);
        this.time = time;
        this.refused = new RefusedMaps(api, named::isRead);
        this.altered = new AlteredMaps(api);
        this.deletion = new MapDeletion(api, barrier);
    }

    /** The claim's namespace is being deleted: nothing can be made there, and soon the claim is gone too. */
    public static final class NamespaceGoing extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient @Nullable Instant at;

        NamespaceGoing(@Nullable Instant at) {
            this.at = at;
        }

        /** When the API server has said so, by its clock; null where it has not. */
        @Nullable
        Instant at() {
            return at;
        }
    }

    /**
     * What became of publishing.
     *
     * @param refusal why it can't be done; null when it is done
     * @param since since when no ConfigMap of the claim says anything else, by the API server's clock; null when one may
     * @param found the ConfigMap of an earlier claim of the name, for which nothing was written; null when none was found
     */
    public record Written(
            @Nullable Refusal refusal,
            @Nullable Instant since,
            @Nullable PresentMap found) {
        Written(@Nullable Refusal refusal, @Nullable Instant since) {
            this(refusal, since, null);
        }
    }

    /**
     * What stands where a claim that is gone had its ConfigMap.
     *
     * @param since since when no ConfigMap says what the claim held, by the API server's clock; null where one of another claim of the
     *     name may, from which the claim had its ports
     * @param isGone whether there is none of the name
     */
    public record Left(@Nullable Instant since, boolean isGone) {}

    /** Records a ConfigMap that the take-over has listed: a cache may still show an older one. */
    public void listed(FoundMap map) {
        listedMaps.listed(map.name(), map.version());
    }

    /**
     * Whether {@code cached} says exactly what the claim's ports are, belongs to it, and is not older than an own write, nor than what
     * the take-over has listed.
     */
    public boolean isUpToDate(Claim claim, Assignment assignment, @Nullable PresentMap cached) {
        if (cached == null) {
            return assignment.isEmpty();
        }
        return Ownership.isOwn(claim, cached)
                && !assignment.isEmpty()
                && WantedMap.of(claim, assignment).standsIn(cached)
                && !ownWrites.isUnseen(claim.configMap())
                && !listedMaps.isOlder(cached);
    }

    /**
     * Passes on that the claim's ConfigMap {@linkplain #isUpToDate is up to date}, or that one of its name is not the
     * claim's.
     *
     * @return since when that is known, by the API server's clock
     */
    public Instant confirm(Claim claim) {
        Instant now = api.now();
        named.mapSaysOnly(claim.configMap(), now);
        return now;
    }

    /**
     * Whether the watch reports what this process has just written, once for each write. It would only cost another
     * look at the claim, and nodes that join one by one would each have a write of their own.
     */
    public boolean isOwnNews(PresentMap written) {
        return ownWrites.isOwn(written);
    }

    /** The claims whose ConfigMap no watch has brought as this process has written it: it may have been deleted since. */
    public Set<ClaimKey> unseen() {
        return ownWrites.claims();
    }

    /**
     * Makes the ConfigMap say what {@code assignment} is, which is not {@linkplain #isUpToDate up to date}; without ports there is
     * none.
     *
     * @param cached the ConfigMap as it was known before the last commit; null when there was none
     * @param passBegan when the caller began to wait for that commit, in {@link Time#nanos}
     */
    public Written publish(Claim claim, Assignment assignment, @Nullable PresentMap cached, long passBegan) {
        return published(claim, assignment, write(claim, assignment, cached, passBegan));
    }

    /**
     * As {@link #publish}, of a claim of which nothing was published yet and no ConfigMap is known. Where an earlier claim of the
     * name has left one, it is {@linkplain Written#found found} and not written: what it says must be decided on first.
     */
    public Written publishFirst(Claim claim, Assignment assignment, long passBegan) {
        Optional<Refusal> alteration = altered.standing(claim, WantedMap.of(claim, assignment), null);
        Written written = alteration.isPresent()
                ? new Written(alteration.get(), null)
                : create(claim, WantedMap.of(claim, assignment), passBegan, true);
        return written.found() == null ? published(claim, assignment, written) : written;
    }

    private Written published(Claim claim, Assignment assignment, Written written) {
        if (written.since() != null) {
            named.mapSaysOnly(claim.configMap(), written.since());
        } else if (assignment.isEmpty()) {
            named.mayName(claim);
        }
        return written;
    }

    private Written write(Claim claim, Assignment assignment, @Nullable PresentMap cached, long passBegan) {
        if (assignment.isEmpty()) {
            return new Written(null, deletion.withdraw(claim, cached).orElse(null));
        }
        WantedMap wanted = WantedMap.of(claim, assignment);
        Optional<Refusal> alteration = altered.standing(claim, wanted, cached);
        if (alteration.isPresent()) {
            return new Written(alteration.get(), null);
        }
        if (cached != null && mayBeOlder(claim, wanted, cached)) {
            ConfigMapApi.Seen seen = api.read(claim.configMap());
            if (seen.map() != null) {
                return updateJustRead(claim, wanted, seen.map(), cached);
            }
            return create(claim, wanted, passBegan, false);
        }
        return cached == null ? create(claim, wanted, passBegan, false) : update(claim, wanted, cached, false);
    }

    /**
     * Whether {@code cached} may be older than what the take-over has listed, or than an own write, which the watch may have brought
     * since it was taken from the cache.
     */
    private boolean mayBeOlder(Claim claim, WantedMap wanted, PresentMap cached) {
        return listedMaps.isOlder(cached)
                || ownWrites.isUnseen(claim.configMap())
                || (Ownership.isOwn(claim, cached) && wanted.standsIn(cached));
    }

    /**
     * A ConfigMap that is not the claim's and has its name; empty when the name is free or its own.
     *
     * @param cached the ConfigMap as the watch has it; null: it is read, for one without our label is not watched
     */
    public Optional<Refusal> obstacle(Claim claim, @Nullable PresentMap cached) {
        return Optional.ofNullable(cached == null ? api.read(claim.configMap()).map() : cached)
                .filter(present -> !Ownership.isOwn(claim, present) && !Ownership.isEarlier(claim, present))
                .map(present -> ConfigMapIdentity.conflict(claim.configMapName()));
    }

    /** Why the ConfigMap could not follow a change, see {@link RefusedMaps#standing}. */
    public Optional<Refusal> standingRefusal(Claim claim, Assignment held, @Nullable PresentMap cached) {
        return refused.standing(claim, held, cached);
    }

    private Written create(Claim claim, WantedMap wanted, long passBegan, boolean first) {
        awaitFreshPass(passBegan);
        Answer answer = noted(wanted, () -> api.create(wanted, Mode.WRITE));
        if (!(answer instanceof Answer.Conflict)) {
            return judged(claim, wanted, answer);
        }
        ConfigMapApi.Seen seen = api.read(claim.configMap());
        if (seen.map() == null) {
            throw new IllegalStateException(
                    "ConfigMap %s was created and deleted again meanwhile".formatted(claim.configMap()));
        }
        if (first && !Ownership.isOwn(claim, seen.map()) && Ownership.isEarlier(claim, seen.map())) {
            return new Written(null, seen.at(), seen.map());
        }
        return updateJustRead(claim, wanted, seen.map(), null);
    }

    private Written updateJustRead(Claim claim, WantedMap wanted, PresentMap read, @Nullable PresentMap cached) {
        if (cached != null && read.version().equals(cached.version())) {
            ownWrites.caughtUp(claim.configMap());
            listedMaps.caughtUp(claim.configMap());
        } else if (wanted.standsIn(read)) {
            // The watch has still to bring it; where it is deleted before, nothing else reports it.
            ownWrites.begin(wanted);
        }
        return update(claim, wanted, read, true);
    }

    /**
     * A process that was held up since its last pass, or while it waits for another, may have a successor that has withdrawn what it is
     * about to create.
     */
    private void awaitFreshPass(long passBegan) {
        long began = passBegan;
        while (time.nanos() - began > FRESH.toNanos()) {
            began = time.nanos();
            barrier.await();
        }
    }

    private Written update(Claim claim, WantedMap wanted, PresentMap present, boolean justRead) {
        boolean own = Ownership.isOwn(claim, present);
        if (!own && !Ownership.isEarlier(claim, present)) {
            return new Written(ConfigMapIdentity.conflict(claim.configMapName()), api.now());
        }
        if (own && wanted.standsIn(present)) {
            return new Written(null, api.now());
        }
        if (!present.hasMetadata() || (!own && !present.hasData())) {
            ConfigMapApi.Seen whole = api.read(claim.configMap());
            if (whole.map() == null) {
                throw changed(claim);
            }
            return update(claim, wanted, whole.map(), true);
        }
        if (!own) {
            adopt(claim, present);
        }
        if (justRead || !own) {
            barrier.await();
        }
        if (present.isImmutable() && !wanted.digest().equals(present.digest())) {
            return createAgain(claim, wanted, present);
        }
        Answer answer = noted(wanted, () -> api.update(wanted, present, Mode.WRITE));
        if (answer instanceof Answer.Conflict || answer instanceof Answer.Absent) {
            throw changed(claim);
        }
        LOG.info(
                "{}: ConfigMap {} is {}",
                claim,
                claim.configMapName(),
                answer instanceof Answer.Done ? "updated" : "refused");
        return judged(claim, wanted, answer);
    }

    /** Of an immutable one only the metadata can be changed. */
    private Written createAgain(Claim claim, WantedMap wanted, PresentMap present) {
        Optional<Refusal> frozen = refused.frozen(claim);
        if (frozen.isPresent()) {
            return new Written(frozen.get(), null);
        }
        long passBegan = time.nanos();
        barrier.await();
        Answer gone = api.delete(present);
        if (gone instanceof Answer.Conflict) {
            throw changed(claim);
        }
        if (!(gone instanceof Answer.Done) && !(gone instanceof Answer.Absent)) {
            return new Written(RefusedMaps.judge(claim, gone).orElse(null), null);
        }
        awaitFreshPass(passBegan);
        Answer answer = noted(wanted, () -> api.createAgain(wanted, present));
        if (answer instanceof Answer.Conflict) {
            throw changed(claim);
        }
        LOG.info("{}: ConfigMap {} was immutable and is re-created", claim, claim.configMapName());
        return judged(claim, wanted, answer);
    }

    /** What an earlier claim's ConfigMap says is kept for those who have read it, before it is overwritten. */
    private void adopt(Claim claim, PresentMap present) {
        if (claims.of(claim.uid(), claim.key()).isEmpty()) {
            // Of two claims that bore the name one after the other, either looks like the earlier one to the other.
            throw new IllegalStateException("%s has been replaced by another claim of the same name".formatted(claim));
        }
        earlier.keep(claim, present);
    }

    /** What an earlier claim's ConfigMap says that {@code claim} may adopt, see {@link EarlierPorts#wished}. */
    public Assignment wished(Claim claim, @Nullable PresentMap cached) {
        return earlier.wished(claim, cached);
    }

    private interface Sending {
        Answer send();
    }

    /** Sends what the watch will bring back. */
    private Answer noted(WantedMap wanted, Sending sending) {
        ownWrites.begin(wanted);
        boolean written = false;
        try {
            Answer answer = sending.send();
            written = answer instanceof Answer.Done;
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

    private Written judged(Claim claim, WantedMap sent, Answer answer) {
        Optional<Refusal> refusal = RefusedMaps.judge(claim, answer);
        Optional<Refusal> alteration = altered.judge(claim, sent, answer);
        if (alteration.isPresent()) {
            // The watch will not bring what was sent.
            ownWrites.failed(sent);
        }
        Instant since = answer instanceof Answer.Done done ? done.at() : null;
        return refusal.or(() -> alteration)
                .map(why -> new Written(why, null))
                .orElseGet(() -> new Written(null, since));
    }

    /**
     * Deletes what a claim that is gone has left: as long as it is there, pods read from it what the claim held. Only for a
     * claim whose absence was read from the quorum.
     *
     * @param uid the claim's UID; the ConfigMap of another claim, or of nobody, is left alone
     * @return what stands there now
     * @throws IllegalStateException when it can't be deleted now
     */
    public Left deleteOf(String uid, ClaimKey claim, String configMapName) {
        Left left = deletion.deleteOf(uid, claim, configMapName);
        ownWrites.caughtUp(new ClaimKey(claim.namespace(), configMapName));
        return left;
    }

    /** Since when there is no ConfigMap of this name, by the API server's clock; empty while there is one. */
    public Optional<Instant> goneSince(ClaimKey name) {
        return deletion.goneSince(name);
    }
}
