package io.portclaim.agent.proc;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The CPU time of the thread that asks, from {@code /proc/thread-self/schedstat} (the kernel's sched-stats.rst). */
public final class CpuTime {
    private static final String FILE = "/proc/thread-self/schedstat";
    private static final int BYTES = 64;

    private final byte[] text = new byte[BYTES];

    /** In ns, from a point that does not move; where the kernel does not count it, the time that went by, which is more. */
    public long nanos() {
        try (InputStream in = new FileInputStream(FILE)) {
            int length = in.read(text);
            long nanos = 0;
            int digits = 0;
            while (digits < length && text[digits] >= '0' && text[digits] <= '9') {
                nanos = nanos * 10 + (text[digits++] - '0');
            }
            return digits > 0 ? nanos : System.nanoTime();
        } catch (IOException e) {
            return System.nanoTime();
        }
    }
}
