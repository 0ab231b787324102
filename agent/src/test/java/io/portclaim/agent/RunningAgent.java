package io.portclaim.agent;

import io.fabric8.kubernetes.client.Config;
import io.portclaim.agent.api.ApiServer;
import io.portclaim.agent.log.AgentLog;
import io.portclaim.agent.log.LogLevel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Base64;
import java.util.Random;

/**
 * An agent in this JVM, put together as its process does it, for a real API server.
 *
 * @param agent whose steps the test takes
 * @param printed its log
 */
public record RunningAgent(Agent agent, ByteArrayOutputStream printed) {
    /**
     * One that has not looked yet.
     *
     * @param proc where its node's proc file system is; the API server's certificates are put there too
     * @param server says which API server, and by which certificates it is trusted
     * @param token says who it is
     */
    public static RunningAgent with(Path proc, Config server, String token) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        Clock clock = Clock.systemUTC();
        AgentLog log =
                new AgentLog(new PrintStream(printed, true, StandardCharsets.UTF_8), false, LogLevel.DEBUG, clock);
        ApiServer api = new ApiServer(URI.create(server.getMasterUrl()), certificates(proc, server), () -> token);
        Agent agent = new Agent(proc, api, AgentOptions.DEFAULTS, log, clock, new SteadyClock(), new Random());
        return new RunningAgent(agent, printed);
    }

    private static Path certificates(Path folder, Config server) {
        if (server.getCaCertFile() != null) {
            return Path.of(server.getCaCertFile());
        }
        try {
            return Files.write(folder.resolve("ca.crt"), Base64.getMimeDecoder().decode(server.getCaCertData()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has logged. */
    public String log() {
        return printed.toString(StandardCharsets.UTF_8);
    }
}
