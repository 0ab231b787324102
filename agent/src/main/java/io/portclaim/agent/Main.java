package io.portclaim.agent;

import io.portclaim.agent.api.ApiServer;
import io.portclaim.agent.http.AgentHttp;
import io.portclaim.agent.log.AgentLog;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Properties;
import java.util.Random;

/** Starts an agent as a process: a container of a pod on the node's network. */
public final class Main {
    /** As for most command-line tools: wrong usage. */
    static final int WRONG_USAGE = 2;

    private static final int CANNOT_START = 1;

    private Main() {}

    /** Runs until a signal. */
    public static void main(String[] arguments) throws InterruptedException {
        try {
            AgentOptions options = AgentOptions.parse(arguments);
            run(options, server(System.getenv(), options.serviceAccount()));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(WRONG_USAGE);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(CANNOT_START);
        }
    }

    /**
     * The API server of the pod that this is.
     *
     * @throws IllegalArgumentException if this is none
     */
    static ApiServer server(Map<String, String> environment, Path account) {
        String host = environment.get("KUBERNETES_SERVICE_HOST");
        String port = environment.get("KUBERNETES_SERVICE_PORT");
        if (host == null || port == null) {
            throw new IllegalArgumentException(
                    "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: the agent"
                            + " runs in a pod, on hostNetwork, as the chart's agent.enabled installs it");
        }
        URI base = URI.create("https://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port);
        Path token = account.resolve("token");
        return new ApiServer(base, account.resolve("ca.crt"), () -> Files.readString(token));
    }

    private static void run(AgentOptions options, ApiServer server) throws IOException, InterruptedException {
        Clock clock = Clock.systemUTC();
        AgentLog log = new AgentLog(System.out, options.json(), options.logLevel(), clock);
        SteadyClock steady = new SteadyClock();
        Agent agent = new Agent(Path.of("/proc"), server, options, log, clock, steady, new Random());
        if (options.metricsPort() != 0) {
            AgentHttp http = AgentHttp.start(
                    options.metricsAddress(), options.metricsPort(), agent::isLive, agent::findings, version());
            log.info("", "Serving /livez and /metrics on " + options.metricsAddress() + ":" + http.port());
        }
        while (true) {
            Thread.sleep(agent.step().toMillis());
        }
    }

    private static String version() throws IOException {
        try (InputStream resource = Main.class.getResourceAsStream("build.properties")) {
            if (resource == null) {
                throw new IOException("build.properties is missing beside " + Main.class.getName()
                        + "; build with Maven, which writes it");
            }
            Properties properties = new Properties();
            properties.load(resource);
            return properties.getProperty("version", "unknown");
        }
    }
}
