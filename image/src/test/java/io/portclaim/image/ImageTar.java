package io.portclaim.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.opentest4j.TestAbortedException;

/** The image that the build has made, as {@code docker load} and {@code ctr images import} read it. */
public final class ImageTar {
    private static final Path FILE = LocalCluster.repository().resolve("image/target/portclaim-operator-image.tar");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final JsonNode manifest;

    private ImageTar(Path folder) throws IOException {
        this.folder = folder;
        this.manifest = JSON.readTree(folder.resolve("manifest.json").toFile()).get(0);
    }

    /**
     * The tar of this build.
     *
     * @throws TestAbortedException if it was built without one
     * @throws IllegalStateException if it is missing though this build was to make it
     */
    public static Path file() {
        if (!Files.exists(FILE)) {
            if (System.getenv("JAVA_HOME_25") != null) {
                throw new IllegalStateException(FILE + " is missing, though JAVA_HOME_25 is set: mvn package makes it");
            }
            throw new TestAbortedException("the image is not built: set JAVA_HOME_25 to a JDK 25, and Maven builds it");
        }
        return FILE;
    }

    /** The tar of this build, unpacked into {@code folder}; throws what {@link #file} does. */
    static ImageTar unpack(Path folder) throws IOException, InterruptedException {
        run("tar", "-xf", file().toString(), "-C", folder.toString());
        return new ImageTar(folder);
    }

    /** The name that it has where it is loaded. */
    String name() {
        return manifest.get("RepoTags").get(0).asText();
    }

    /** User, entry point, labels and what else a container is started by. */
    JsonNode config() throws IOException {
        return JSON.readTree(folder.resolve(manifest.get("Config").asText()).toFile())
                .get("config");
    }

    /** The words that a container is started with. */
    List<String> entrypoint() throws IOException {
        List<String> words = new ArrayList<>();
        config().get("Entrypoint").forEach(word -> words.add(word.asText()));
        return words;
    }

    /** Unpacks all layers, one over the other. */
    Path root() throws IOException, InterruptedException {
        Path root = Files.createDirectories(folder.resolve("root"));
        for (JsonNode layer : manifest.get("Layers")) {
            // Dates count: the AOT cache is good for jars of their dates only.
            run("tar", "-xzf", folder.resolve(layer.asText()).toString(), "-C", root.toString());
        }
        return root;
    }

    private static void run(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(String.join(" ", words) + " ended with " + process.exitValue());
        }
    }
}
