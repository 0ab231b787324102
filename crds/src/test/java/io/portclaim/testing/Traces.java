package io.portclaim.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a cluster with nodes has on this machine.
 *
 * @param id in the names of its interfaces and cgroups
 * @param daemons those that it recorded, its supervisor first
 * @param members of its cgroups: the daemons of its nodes, and all of its pods
 */
record Traces(Path directory, String id, List<ProcessHandle> daemons, List<ProcessHandle> members) {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final Duration DEADLINE = Duration.ofSeconds(120);
    private static final Pattern ID = Pattern.compile("\"id\": \"([0-9a-f]{8})\"");
    private static final Pattern PID = Pattern.compile("\"pid\": (\\d+)");

    static Traces of(NodesCluster cluster) throws IOException {
        Path directory = cluster.directory();
        String id = find(ID, directory.resolve("instance.json")).get(0);
        List<ProcessHandle> daemons = handles(find(PID, directory.resolve("processes.json")));
        return new Traces(directory, id, daemons, handles(inCgroups(id)));
    }

    /** Asserts that nothing of it is left. */
    void assertGone() throws IOException {
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThat(Stream.concat(daemons.stream(), members.stream())
                                .filter(ProcessHandle::isAlive)
                                .toList())
                        .isEmpty());
        assertThat(cgroups(id)).isEmpty();
        assertThat(NetworkInterface.networkInterfaces().map(NetworkInterface::getName))
                .noneMatch(name -> name.contains(id));
        assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain(directory.toString());
        assertThat(directory).doesNotExist();
    }

    /** The cluster's cgroup: in each hierarchy of version 1, or in the one of version 2. */
    private static List<Path> cgroups(String id) throws IOException {
        try (Stream<Path> hierarchies = Files.list(CGROUPS)) {
            return Stream.concat(Stream.of(CGROUPS), hierarchies)
                    .map(hierarchy -> hierarchy.resolve("portclaim-" + id))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    private static List<String> inCgroups(String id) throws IOException {
        Stream.Builder<String> pids = Stream.builder();
        for (Path cgroup : cgroups(id)) {
            try (Stream<Path> below = Files.walk(cgroup)) {
                for (Path list :
                        below.filter(file -> file.endsWith("cgroup.procs")).toList()) {
                    Files.readAllLines(list).forEach(pids::add);
                }
            }
        }
        return pids.build().distinct().toList();
    }

    private static List<ProcessHandle> handles(List<String> pids) {
        return pids.stream()
                .map(Long::valueOf)
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
    }

    private static List<String> find(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file))
                .results()
                .map((MatchResult result) -> result.group(1))
                .toList();
    }
}
