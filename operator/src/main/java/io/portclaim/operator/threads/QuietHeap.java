package io.portclaim.operator.threads;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Collects the old generation once a busy time is over and no claims come, so that the system gets its memory back: a start takes
 * twice as much as what stays, and the serial collector looks at the old generation only when its limit is reached. Only then the heap
 * shrinks to little more than what stays: with so little room, a busy operator would collect it all the time. Needs
 * {@code -XX:-ShrinkHeapInSteps} to have an effect outside the heap.
 *
 * <p>The pause is 2 to 3 ms for each MiB that stays. A claim that comes meanwhile waits for its end.
 */
public final class QuietHeap {
    private static final Duration PERIOD = Duration.ofSeconds(10);
    /** Of one core, in a period. The operator takes less than 0.01 where nothing changes. */
    private static final double QUIET = 0.1;
    /** Looks at claims in a period. A claim takes some milliseconds of CPU time, so claims that keep coming can look like a quiet time. */
    private static final long FEW_LOOKS = 2;
    /** After so many periods, ten minutes, some claim meets the pause: else those that fail for ever would keep all garbage. */
    private static final int MOST_PERIODS = 60;
    /** Below this it is not worth a pause. */
    private static final long LEAST_BYTES = 16L << 20;

    private final Jvm jvm;
    private final LongSupplier looks;
    private final Duration period;
    private long cpuNanos;
    private long looked;
    /** How many periods in a row have taken little CPU time. */
    private int quietPeriods;
    /** What was left to the heap by the last collection here, in bytes. */
    private long left;

    /** What is known of this jvm. */
    interface Jvm {
        /** The CPU time that it has taken, in nanoseconds. */
        long cpuNanos();

        /** What the old generation has in use, garbage included, in bytes. */
        long used();

        /** What it had in use after its last collection; 0 before the first. */
        long kept();

        /** What it has taken from the system, in bytes. */
        long committed();

        /** Collects it. */
        void collect();
    }

    QuietHeap(Jvm jvm, LongSupplier looks, Duration period) {
        this.jvm = jvm;
        this.looks = looks;
        this.period = period;
        this.cpuNanos = jvm.cpuNanos();
        this.looked = looks.getAsLong();
    }

    /** Watches this process's heap for as long as it runs; {@code looks} says how often a claim was looked at. */
    public static void watch(LongSupplier looks) {
        QuietHeap heap = new QuietHeap(new ThisJvm(), looks, PERIOD);
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread daemon = new Thread(work, "quiet-heap");
            daemon.setDaemon(true);
            return daemon;
        });
        var unused =
                thread.scheduleWithFixedDelay(heap::look, PERIOD.toNanos(), PERIOD.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** To be called once in a period. */
    void look() {
        long now = jvm.cpuNanos();
        long looksNow = looks.getAsLong();
        quietPeriods = now - cpuNanos < QUIET * period.toNanos() ? quietPeriods + 1 : 0;
        boolean isQuiet = quietPeriods > 0 && (looksNow - looked <= FEW_LOOKS || quietPeriods >= MOST_PERIODS);
        looked = looksNow;
        if (isQuiet && (hasGarbage() || hasRoom())) {
            jvm.collect();
            quietPeriods = 0;
            left = jvm.committed();
        }
        // The collection itself is no work of the operator's.
        cpuNanos = jvm.cpuNanos();
    }

    private boolean hasGarbage() {
        long kept = jvm.kept();
        return jvm.used() - kept > Math.max(LEAST_BYTES, kept / 4);
    }

    /** As after a collection in a busy time; not where one here has left as much. */
    private boolean hasRoom() {
        long committed = jvm.committed();
        long used = jvm.used();
        return committed - used > Math.max(LEAST_BYTES, used) && committed - left > left / 4;
    }

    private static final class ThisJvm implements Jvm {
        /** How much of the heap may be free after a collection, in percent; can be changed while the JVM runs. */
        private static final String MAX_FREE = "MaxHeapFreeRatio";
        /** The JVM refuses a MaxHeapFreeRatio below this one. */
        private static final String MIN_FREE = "MinHeapFreeRatio";

        /** A JVM that needs more takes it as it promotes objects, without another collection. */
        private static final String QUIET_FREE_PERCENT = "5";

        private final HotSpotDiagnosticMXBean flags =
                ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        private final OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        /** Usage thresholds are what the young generation has none of. */
        private final MemoryPoolMXBean old = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the JVM's heap has no old generation"));

        @Override
        public long cpuNanos() {
            return system.getProcessCpuTime();
        }

        @Override
        public long used() {
            return old.getUsage().getUsed();
        }

        @Override
        public long kept() {
            MemoryUsage afterCollection = old.getCollectionUsage();
            return afterCollection == null ? 0 : afterCollection.getUsed();
        }

        @Override
        public long committed() {
            return old.getUsage().getCommitted();
        }

        @Override
        public void collect() {
            String least = flags.getVMOption(MIN_FREE).getValue();
            String most = flags.getVMOption(MAX_FREE).getValue();
            flags.setVMOption(MIN_FREE, "0");
            flags.setVMOption(MAX_FREE, QUIET_FREE_PERCENT);
            try {
                System.gc();
            } finally {
                flags.setVMOption(MAX_FREE, most);
                flags.setVMOption(MIN_FREE, least);
            }
        }
    }
}
