package io.portclaim.operator;

import io.fabric8.kubernetes.client.Config;
import io.portclaim.operator.lease.Halt;
import io.portclaim.operator.logging.Logging;
import io.portclaim.operator.options.Environment;
import io.portclaim.operator.options.Invocation;
import io.portclaim.operator.options.Options;
import io.portclaim.operator.threads.QuietHeap;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the operator as a process. */
public final class Main {
    private Main() {}

    /** Runs until a signal; exits with 2 when the arguments make no sense. */
    public static void main(String[] arguments) {
        Invocation invocation = Invocation.read(List.of(arguments), Environment.ofProcess());
        if (invocation instanceof Invocation.Help help) {
            System.out.println(help.text());
        } else if (invocation instanceof Invocation.Refused refused) {
            System.err.println(refused.message());
            System.exit(Invocation.Refused.EXIT_CODE);
        } else if (invocation instanceof Invocation.Run run) {
            run(run);
        }
    }

    private static void run(Invocation.Run run) {
        Options options = run.options();
        Logging.apply(options.get(Options.LOG_FORMAT), options.get(Options.LOG_LEVEL));
        Logger log = LoggerFactory.getLogger(Main.class);
        run.warnings().forEach(warning -> log.warn("{}", warning));
        Config config = Config.autoConfigure(options.get(Options.CONTEXT).orElse(null));
        PortClaimOperator operator =
                new PortClaimOperator(options, config, Halt.ofProcess(), Clock.systemUTC(), client -> {});
        Runtime.getRuntime().addShutdownHook(new Thread(operator::close, "shutdown"));
        try {
            operator.start();
            QuietHeap.watch(operator::looks);
        } catch (TimeoutException | RuntimeException e) {
            log.error("The operator could not start", e);
            Halt.ofProcess().now(Halt.START_FAILED, "Halting, to be restarted: " + e.getMessage());
        }
    }
}
