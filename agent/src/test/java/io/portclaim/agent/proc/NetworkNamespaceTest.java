package io.portclaim.agent.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.agent.FakeProc;
import io.portclaim.ports.PortRange;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespaceTest {
    @TempDir
    Path folder;

    @Test
    void readsTheSettings() throws IOException {
        new FakeProc(folder).sysctls("32768\t60999", "2703,9808-9809", 1024);
        Sysctls sysctls = new NetworkNamespace(folder).sysctls();
        assertThat(sysctls.ephemeral()).isEqualTo(new PortRange(32768, 60999));
        assertThat(sysctls.reserved()).hasToString("2703,9808-9809");
        assertThat(sysctls.unprivilegedStart()).isEqualTo(1024);
        assertThat(sysctls.lendable().size()).isEqualTo(28232);
    }

    @Test
    void readsThoseOfThisMachine() throws IOException {
        Sysctls sysctls = new NetworkNamespace(Path.of("/proc")).sysctls();
        assertThat(sysctls.lendable().size()).isPositive();
    }

    /** A list that does not fit the first buffer is read again as a whole. */
    @Test
    void readsAsManyReservedPortsAsThereCanBe() throws IOException {
        StringBuilder all = new StringBuilder("1");
        for (int port = 3; port < 65536; port += 2) {
            all.append(',').append(port);
        }
        new FakeProc(folder).sysctls("32768\t60999", all.toString(), 1024);
        assertThat(new NetworkNamespace(folder).sysctls().reserved().size()).isEqualTo(32768);
    }

    @Test
    void saysWhichSettingIsNone() {
        FakeProc proc = new FakeProc(folder);
        proc.sysctls("many", "", 1024);
        assertThatThrownBy(() -> new NetworkNamespace(folder).sysctls())
                .isInstanceOf(IOException.class)
                .hasMessage("ip_local_port_range says \"many\", not two ports");
        proc.sysctls("1\t2", "x", 1024);
        assertThatThrownBy(() -> new NetworkNamespace(folder).sysctls())
                .hasMessageStartingWith("ip_local_reserved_ports says \"x\"");
    }

    @Test
    void doesWithoutIpv6() throws IOException {
        FakeProc proc = new FakeProc(folder);
        proc.tcp(FakeProc.row("0A", "0.0.0.0:22", "0.0.0.0:0"));
        proc.udp();
        List<Integer> ports = new ArrayList<>();
        new NetworkNamespace(folder).tcp(row -> ports.add(row.localPort()));
        new NetworkNamespace(folder).udp(row -> ports.add(row.localPort()));
        assertThat(ports).containsExactly(22);
    }

    /** Without its listeners their ports could be given out. */
    @Test
    void doesNotDoWithoutATableThatIsThere() throws IOException {
        FakeProc proc = new FakeProc(folder);
        proc.tcp();
        proc.udp();
        // As little to be opened as a file is when the process has too many open.
        Files.createDirectories(folder.resolve("net/tcp6"));
        Files.createDirectories(folder.resolve("net/udp6"));
        NetworkNamespace namespace = new NetworkNamespace(folder);
        assertThatThrownBy(() -> namespace.tcp(row -> {})).hasMessageContaining("tcp6");
        assertThatThrownBy(() -> namespace.udp(row -> {})).hasMessageContaining("udp6");
    }

    @Test
    void doesNotDoWithoutIpv4() {
        assertThatThrownBy(() -> new NetworkNamespace(folder).tcp(row -> {})).isInstanceOf(FileNotFoundException.class);
    }

    @Test
    void cpuTimeOfAThreadGoesOnWhileItWorks() {
        CpuTime cpu = new CpuTime();
        long before = cpu.nanos();
        long until = System.nanoTime() + 20_000_000;
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
        assertThat(cpu.nanos() - before).isPositive();
    }
}
