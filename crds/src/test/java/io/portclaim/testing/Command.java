package io.portclaim.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that is run to its end. */
record Command(List<String> words, Map<String, String> environment, Duration deadline) {

    /**
     * Runs it with nothing on its standard input.
     *
     * @return its standard output
     * @throws IllegalStateException with its standard error, if it fails or is not done by the deadline
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
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw failure("was not done after " + deadline, errors);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + String.join(" ", words), e);
        }
        if (process.exitValue() != 0) {
            throw failure("ended with " + process.exitValue(), errors);
        }
        return Files.readString(output);
    }

    private IllegalStateException failure(String how, Path errors) throws IOException {
        return new IllegalStateException(String.join(" ", words) + " " + how + ":\n" + Files.readString(errors));
    }
}
