package io.portclaim.operator.testing;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.portclaim.operator.PortClaimOperator;
import io.portclaim.operator.options.Environment;
import io.portclaim.operator.options.Invocation;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * An operator in this JVM, as the production wiring puts it together. Its halt ends the operator and not the JVM, and is
 * remembered.
 */
public final class RunningOperator implements AutoCloseable {
    /**
     * Short enough that a test sees a port come back; production refuses it. The Lease lasts longer than a machine that does
     * other things stands still.
     */
    private static final List<String> TEST_FLAGS = List.of(
            "--lease-duration=40s",
            "--renew-deadline=35s",
            "--lease-namespace=default",
            "--http-bind-address=127.0.0.1",
            "--http-port=0",
            "--min-cooldown=0s",
            "--node-change-window=200ms",
            "--pool-status-interval=500ms");

    private final PortClaimOperator operator;
    private final AtomicReference<String> halted;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RunningOperator(PortClaimOperator operator, AtomicReference<String> halted) {
        this.operator = operator;
        this.halted = halted;
    }

    /** Starts one; {@code flags} come after the tests' own and win. */
    public static RunningOperator start(Config config, String... flags) {
        return start(config, Clock.systemUTC(), client -> {}, flags);
    }

    /** Starts one whose every HTTP client has {@code httpClients} applied. */
    public static RunningOperator start(
            Config config, Clock clock, Consumer<HttpClient.Builder> httpClients, String... flags) {
        List<String> arguments = new ArrayList<>(TEST_FLAGS);
        arguments.addAll(List.of(flags));
        Invocation invocation = Invocation.read(arguments, new Environment(Map.of(), Path.of("no-pod")));
        if (!(invocation instanceof Invocation.Run run)) {
            throw new IllegalArgumentException("not a way to run: " + invocation);
        }
        AtomicReference<String> halted = new AtomicReference<>();
        PortClaimOperator operator = new PortClaimOperator(
                run.options(), config, (code, words) -> halted.compareAndSet(null, words), clock, httpClients);
        try {
            operator.start();
        } catch (Exception e) {
            operator.close();
            throw new IllegalStateException("the operator did not start", e);
        }
        return new RunningOperator(operator, halted);
    }

    /** Waits until it serves claims. */
    public RunningOperator awaitServing() {
        await("serving").atMost(Duration.ofSeconds(120)).until(operator::isServing);
        return this;
    }

    /** The operator itself. */
    public PortClaimOperator operator() {
        return operator;
    }

    /** Its last words, if it has halted. */
    public Optional<String> halted() {
        return Optional.ofNullable(halted.get());
    }

    /** Stops it as SIGTERM does; the second time nothing happens. */
    public void stop() {
        if (closed.compareAndSet(false, true)) {
            operator.close();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
