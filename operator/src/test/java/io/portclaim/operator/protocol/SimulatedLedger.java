package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.PortLedgerSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The API server's side of the ledger: the compare-and-swap that the real one does, and requests that arrive late, or never, or
 * whose answers get lost. For one thread.
 */
final class SimulatedLedger implements LedgerApi {
    private final Supplier<Fault> faults;
    private final List<Late> late = new ArrayList<>();
    private final List<Applied> applied = new ArrayList<>();
    private @Nullable PortLedgerSpec spec;
    private long version = 100;

    /** What befalls one request. */
    enum Fault {
        NONE,
        /** It gets lost on the way there. */
        LOST,
        /** It is carried out and its answer gets lost. */
        UNANSWERED,
        /** It is refused: the API server is too busy, or its etcd does not answer. */
        FAILED,
        /** Nobody answers, and it is carried out after some later ones. */
        LATE
    }

    /** A write that was carried out: the commit that it found, and what it left. */
    record Applied(@Nullable String before, PortLedgerSpec spec) {}

    private record Late(Supplier<Outcome> write, int requestsLeft) {}

    SimulatedLedger(Supplier<Fault> faults) {
        this.faults = faults;
    }

    /** Faults that come at random: each of {@code kinds} once in {@code seldom} requests. */
    static Supplier<Fault> weather(Random random, int seldom, Fault... kinds) {
        return () -> {
            int drawn = random.nextInt(seldom);
            return drawn < kinds.length ? kinds[drawn] : Fault.NONE;
        };
    }

    /** All writes that were carried out, oldest first. */
    List<Applied> applied() {
        return List.copyOf(applied);
    }

    @Override
    public Optional<Stored> read() throws IOException {
        Fault fault = faults.get();
        if (fault != Fault.NONE) {
            arrive();
            throw new IOException("no answer: " + fault);
        }
        Optional<Stored> found = Optional.ofNullable(spec).map(present -> new Stored(Long.toString(version), present));
        arrive();
        return found;
    }

    @Override
    public Outcome create(PortLedgerSpec next) {
        return request(() -> spec == null ? store(next) : new Outcome.Refused("it exists"));
    }

    @Override
    public Outcome replace(String expectedVersion, String expectedCommit, PortLedgerSpec next) {
        return request(() -> {
            PortLedgerSpec present = spec;
            boolean asExpected = present != null
                    && expectedVersion.equals(Long.toString(version))
                    && expectedCommit.equals(present.commitId());
            return asExpected ? store(next) : new Outcome.Refused("it has changed");
        });
    }

    private Outcome request(Supplier<Outcome> write) {
        Outcome outcome = switch (faults.get()) {
            case NONE -> write.get();
            case LOST -> new Outcome.Unknown("no answer");
            case UNANSWERED -> {
                write.get();
                yield new Outcome.Unknown("no answer");
            }
            case FAILED -> new Outcome.Unknown("HTTP 500");
            case LATE -> {
                late.add(new Late(write, 1 + (int) (version % 4)));
                yield new Outcome.Unknown("no answer");
            }
        };
        arrive();
        return outcome;
    }

    /** What is late comes nearer with each request, and arrives. */
    private void arrive() {
        for (Late entry : List.copyOf(late)) {
            late.remove(entry);
            if (entry.requestsLeft > 1) {
                late.add(new Late(entry.write, entry.requestsLeft - 1));
            } else {
                entry.write.get();
            }
        }
    }

    private Outcome store(PortLedgerSpec next) {
        applied.add(new Applied(spec == null ? null : spec.commitId(), next));
        spec = next;
        version++;
        return new Outcome.Written(Long.toString(version));
    }
}
