package io.portclaim.operator.faults;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;

/** An operator in a process of its own ({@link ChildMain}), which can be killed, paused and made to crash. */
public final class ChildOperator implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final int LINES_KEPT = 400;
    /** Where the flags of a test say nothing else. */
    private static final List<String> DEFAULTS = List.of(
            "--lease-namespace=default",
            "--http-bind-address=127.0.0.1",
            "--http-port=0",
            "--min-cooldown=0s",
            "--node-change-window=200ms");

    private final Process process;
    private final ConcurrentLinkedDeque<String> output = new ConcurrentLinkedDeque<>();
    private volatile boolean hasServed;

    private ChildOperator(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    public static ChildOperator start(Path kubeconfig, String... flags) {
        return startWithHeap(256, kubeconfig, flags);
    }

    /** Starts one whose heap has at most {@code mebibytes}; it ends when they do not suffice. */
    static ChildOperator startWithHeap(int mebibytes, Path kubeconfig, String... flags) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx%dm".formatted(mebibytes),
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                ChildMain.class.getName(),
                kubeconfig.toString()));
        command.addAll(List.of(flags));
        DEFAULTS.stream()
                .filter(flag -> Stream.of(flags).noneMatch(other -> name(other).equals(name(flag))))
                .forEach(command::add);
        try {
            return new ChildOperator(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(String flag) {
        return flag.split("=", 2)[0];
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                hasServed |= line.equals(ChildMain.SERVING);
                output.addLast(line);
                if (output.size() > LINES_KEPT) {
                    output.removeFirst();
                }
            }
        } catch (IOException e) {
            output.addLast("(the output ended: " + e.getMessage() + ")");
        }
    }

    public ChildOperator awaitServing() {
        awaitLine(ChildMain.SERVING);
        return this;
    }

    private void awaitLine(String line) {
        try {
            await(line)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> output.contains(line) || !process.isAlive());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("no line \"%s\" from %s".formatted(line, this), e);
        }
        if (!output.contains(line)) {
            throw new AssertionError("the operator has ended: " + this);
        }
    }

    /** Whether it has begun to serve. */
    public boolean hasServed() {
        return hasServed;
    }

    /** From now on it dies or pauses at {@code point}, in the work for claims and pods of {@code namespace}. */
    public void arm(CrashPoint point, String namespace) {
        try {
            process.outputWriter(StandardCharsets.UTF_8)
                    .append(CrashPoint.Trap.order(point, namespace))
                    .append('\n')
                    .flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitLine(ChildMain.ARMED);
    }

    /** The most memory that it had resident at any time, in MiB. */
    long peakMemory() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/%d/status".formatted(process.pid())))) {
            String peak =
                    lines.filter(line -> line.startsWith("VmHWM:")).findFirst().orElseThrow();
            return Long.parseLong(peak.replaceAll("\\D", "")) / 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it has ended. */
    public boolean hasEnded() {
        return !process.isAlive();
    }

    /** Its exit code, if it ends within {@code patience}. */
    public Optional<Integer> exitCode(Duration patience) {
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
                    ? Optional.of(process.exitValue())
                    : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Waits until it has paused itself, as {@link #arm armed}. */
    public void awaitPaused(Duration patience) {
        await("process %d has paused".formatted(process.pid()))
                .atMost(patience)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> Files.readString(Path.of("/proc/%d/stat".formatted(process.pid())))
                        .replaceFirst(".*\\) ", "")
                        .startsWith("T"));
    }

    /** Stops all its threads, wherever they are, until {@link #resume}. */
    void pause() {
        signal("-STOP");
    }

    public void resume() {
        signal("-CONT");
    }

    private void signal(String signal) {
        signal(signal, process.pid());
    }

    /** By the shell's own kill: a bare machine has no program of that name. */
    static void signal(String signal, long pid) {
        try {
            int code = new ProcessBuilder("sh", "-c", "kill %s %d".formatted(signal, pid))
                    .start()
                    .waitFor();
            if (code != 0) {
                throw new IllegalStateException("kill %s %d ended with %d".formatted(signal, pid, code));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it by SIGKILL, which a paused process obeys too. */
    void kill() {
        process.destroyForcibly();
        exitCode(PATIENCE);
    }

    @Override
    public void close() {
        kill();
    }

    @Override
    public String toString() {
        return "process %d, its last lines:%n%s".formatted(process.pid(), String.join("\n", output));
    }
}
