package io.portclaim.installed;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process of a pod's only container, as this machine sees it. */
record ContainerProcess(ProcessHandle handle) {
    /** By the name of its control group. */
    static ContainerProcess of(Pod pod) throws IOException {
        String id =
                pod.getStatus().getContainerStatuses().get(0).getContainerID().replaceFirst("^containerd://", "");
        for (ProcessHandle process : ProcessHandle.allProcesses().toList()) {
            if (read(process, "cgroup").contains(id)) {
                return new ContainerProcess(process);
            }
        }
        throw new IllegalStateException("no process of container " + id);
    }

    /** Resident memory in KiB, pages of files included. */
    int resident() {
        return read(handle, "status")
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /** A process may end while it is looked at. */
    private static String read(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), file));
        } catch (IOException e) {
            return "";
        }
    }
}
