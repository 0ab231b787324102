package io.portclaim.operator.metrics;

import com.sun.management.OperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What the process itself takes: memory, threads, garbage collection, CPU, open files. */
final class ProcessMetrics implements AutoCloseable {
    /** Of ProcessorMetrics (Micrometer 1.17), as process_cpu_time_ns_total and system_cpu_count: promtool finds fault with both. */
    private static final Set<String> NAMED_BADLY = Set.of("process.cpu.time", "system.cpu.count");

    private final JvmGcMetrics gc = new JvmGcMetrics();

    ProcessMetrics(MeterRegistry registry) {
        registry.config().meterFilter(MeterFilter.deny(meter -> NAMED_BADLY.contains(meter.getName())));
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        gc.bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        FunctionCounter.builder("process.cpu", system, ProcessMetrics::cpuSeconds)
                .description("The CPU time that this process has taken.")
                .baseUnit("seconds")
                .register(registry);
        Gauge.builder("system.cpus", Runtime.getRuntime(), Runtime::availableProcessors)
                .description("How many CPUs this process may use.")
                .register(registry);
    }

    private static double cpuSeconds(OperatingSystemMXBean system) {
        return (double) system.getProcessCpuTime() / TimeUnit.SECONDS.toNanos(1);
    }

    @Override
    public void close() {
        gc.close();
    }
}
