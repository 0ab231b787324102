package io.portclaim.operator.faults;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.Config;
import io.portclaim.operator.PortClaimOperator;
import io.portclaim.operator.lease.Halt;
import io.portclaim.operator.options.Environment;
import io.portclaim.operator.options.Invocation;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An operator in a process of its own, as the production wiring puts it together: it halts for real. By an order on
 * its standard input, it dies or pauses at a {@link CrashPoint}. It ends with its standard input.
 */
public final class ChildMain {
    static final String SERVING = "CHILD SERVES";
    static final String ARMED = "CHILD IS ARMED";

    private ChildMain() {}

    /** The first argument is a kubeconfig, the others are the operator's. */
    public static void main(String[] arguments) throws Exception {
        List<String> flags = Arrays.asList(arguments).subList(1, arguments.length);
        Invocation invocation = Invocation.read(flags, new Environment(Map.of(), Path.of("no-pod")));
        if (!(invocation instanceof Invocation.Run run)) {
            throw new IllegalArgumentException("not a way to run: " + invocation);
        }
        CrashPoint.Trap trap = new CrashPoint.Trap();
        PortClaimOperator operator = new PortClaimOperator(
                run.options(),
                Config.fromKubeconfig(new File(arguments[0])),
                Halt.ofProcess(),
                Clock.systemUTC(),
                client -> client.addOrReplaceInterceptor("crash", trap));
        operator.start();
        Thread herald = new Thread(() -> tellWhenServing(operator), "herald");
        herald.setDaemon(true);
        herald.start();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            trap.arm(order);
            System.out.println(ARMED);
        }
        Runtime.getRuntime().halt(0);
    }

    private static void tellWhenServing(PortClaimOperator operator) {
        await().forever().until(operator::isServing);
        System.out.println(SERVING);
    }
}
