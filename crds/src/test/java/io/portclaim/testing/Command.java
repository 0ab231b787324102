package io.portclaim.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that is run to its end.
 *
 * @param input the file that is its standard input
 */
record Command(List<String> words, Map<String, String> environment, Duration deadline, Path input) {
    private static final Path NOTHING = Path.of("/dev/null");

    /** A program that has nothing on its standard input. */
    Command(List<String> words, Map<String, String> environment, Duration deadline) {
        this(words, environment, deadline, NOTHING);
    }

    /**
     * Runs it.
     *
     * @return its standard output
     * @throws Failure with its standard error, if it fails or is not done by the deadline
     */
    String run() {
        try {
            Path output = Files.createTempFile("portclaim-test", ".out");
            Path errors = Files.createTempFile("portclaim-test", ".err");
            try {
                return run(output, errors);
            } finally {
                Files.delete(output);
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String run(Path output, Path errors) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectInput(ProcessBuilder.Redirect.from(input.toFile()))
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw failure("was not done after " + deadline, errors, -1);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + String.join(" ", words), e);
        }
        if (process.exitValue() != 0) {
            throw failure("ended with " + process.exitValue(), errors, process.exitValue());
        }
        return Files.readString(output);
    }

    private Failure failure(String how, Path errors, int exitValue) throws IOException {
        return new Failure(String.join(" ", words) + " " + how, Files.readString(errors), exitValue);
    }

    /** A program did not do what it should. */
    static final class Failure extends IllegalStateException {
        private static final long serialVersionUID = 1;

        /** What it wrote to its standard error. */
        final String errors;

        /** -1 if it did not end by itself. */
        final int exitValue;

        private Failure(String how, String errors, int exitValue) {
            super(how + ":\n" + errors);
            this.errors = errors;
            this.exitValue = exitValue;
        }
    }
}
