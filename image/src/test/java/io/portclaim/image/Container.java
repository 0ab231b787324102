package io.portclaim.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/**
 * A process in an image's root as a container engine would start it: another user, no capability, nothing that can be
 * written, no terminal. It keeps the machine's network, on which the API server listens on loopback.
 */
final class Container implements AutoCloseable {
    private static final String USER = "65532:65532";
    private static final long PATIENCE_SECONDS = 120;
    /** The first word is the root, the second a folder to show at /secrets, the others the command. */
    private static final String SCRIPT = """
            set -e
            root=$1 secrets=$2
            shift 2
            mount --bind "$root" "$root"
            mount -t proc proc "$root/proc"
            mount -t tmpfs -o mode=755 tmpfs "$root/dev"
            for device in null zero random urandom; do
                touch "$root/dev/$device"
                mount --bind "/dev/$device" "$root/dev/$device"
            done
            mount --bind "$secrets" "$root/secrets"
            mount -o remount,ro,bind "$root/dev"
            mount -o remount,ro,bind "$root"
            exec setpriv --bounding-set=-all,+sys_chroot,+setuid,+setgid --no-new-privs \\
                chroot --userspec="$user" "$root" "$@"
            """;

    private final Process process;
    private final Path log;

    private Container(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts {@code command}.
     *
     * @param secrets a folder that it finds at /secrets
     * @throws TestAbortedException where the tests may not do this
     */
    static Container start(Path root, Path secrets, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        if (!canMount()) {
            throw new TestAbortedException(
                    "\"unshare --mount\" fails: only root, on a Linux that lets it, can start a process in the image's files");
        }
        for (String mount : List.of("proc", "dev", "secrets")) {
            Files.createDirectories(root.resolve(mount));
        }
        Path log = secrets.resolveSibling("container.log");
        List<String> words = new ArrayList<>(
                List.of("unshare", "--mount", "--propagation", "private", "bash", "-c", SCRIPT, "container"));
        words.add(root.toString());
        words.add(secrets.toString());
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(log.toFile());
        String path = System.getenv("PATH");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().put("user", USER);
        builder.environment().putAll(environment);
        return new Container(builder.start(), log);
    }

    private static boolean canMount() throws IOException, InterruptedException {
        return new ProcessBuilder("unshare", "--mount", "--propagation", "private", "true")
                        .start()
                        .waitFor()
                == 0;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** A line of its /proc status, such as "Uid", without its name. */
    String status(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status")).stream()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    /** What it has printed. */
    String log() throws IOException {
        return Files.readString(log);
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("it has not ended after %d s".formatted(PATIENCE_SECONDS));
        }
        return process.exitValue();
    }

    /** Asks it to end, as a kubelet does. */
    int stop() throws InterruptedException {
        process.destroy();
        return exitCode();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
