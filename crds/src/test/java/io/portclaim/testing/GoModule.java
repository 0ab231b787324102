package io.portclaim.testing;

import java.util.List;
import java.util.Map;

/** A Go module of the source tree. The first run ever fetches and compiles what it needs. Thread-safe. */
public final class GoModule {
    private GoModule() {}

    /**
     * Runs its tests.
     *
     * @param folder from the top of the source tree, like {@code dev/kstatus}
     * @return what they write
     * @throws IllegalStateException if one fails, with what it writes
     */
    public static String test(String folder) {
        List<String> words = List.of(
                "sh",
                "-c",
                "out=$(go -C \"$1\" test -count=1 -v ./... 2>&1) && echo \"$out\" || { echo \"$out\" >&2; exit 1; }",
                "sh",
                LocalCluster.repository().resolve(folder).toString());
        return new Command(
                        words, Map.of("GOFLAGS", "-mod=readonly", "GOTOOLCHAIN", "auto"), LocalCluster.START_DEADLINE)
                .run();
    }
}
