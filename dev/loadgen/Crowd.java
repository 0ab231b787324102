import io.portclaim.agent.Agent;
import io.portclaim.agent.AgentOptions;
import io.portclaim.agent.SteadyClock;
import io.portclaim.agent.api.ApiServer;
import io.portclaim.agent.http.Findings;
import io.portclaim.agent.log.AgentLog;
import io.portclaim.agent.log.LogLevel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Many agents in one process, each with a token and a proc file system of its own, in a folder for each. It goes by lines of
 * its standard input: "begin" has all agents take their first step at once, "looks" asks how often they have looked, and its
 * end ends the process. What the agents warn of is on standard error.
 */
final class Crowd {
    private final ScheduledThreadPoolExecutor threads;
    private final List<Agent> agents = new ArrayList<>();

    private Crowd(int threads) {
        this.threads = new ScheduledThreadPoolExecutor(threads);
    }

    /** The arguments: the API server's URL, the file with its certificates, the folder of folders, how many threads. */
    public static void main(String[] arguments) throws IOException {
        Crowd crowd = new Crowd(Integer.parseInt(arguments[3]));
        crowd.gather(URI.create(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]));
        System.out.println("ready");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.equals("begin")) {
                crowd.agents.forEach(agent -> crowd.stepAfter(agent, 0));
            } else if (line.equals("looks")) {
                System.out.println(crowd.looks());
            }
        }
        // Now, as at a node's end: no agent has anything to tidy up.
        Runtime.getRuntime().halt(0);
    }

    private void gather(URI server, Path certificates, Path folders) throws IOException {
        Clock clock = Clock.systemUTC();
        SteadyClock steady = new SteadyClock();
        AgentLog log = new AgentLog(System.err, false, LogLevel.WARN, clock);
        try (Stream<Path> found = Files.list(folders)) {
            for (Path folder : found.sorted().toList()) {
                Path token = folder.resolve("token");
                ApiServer own = new ApiServer(server, certificates, () -> Files.readString(token));
                Path proc = folder.resolve("proc");
                agents.add(new Agent(proc, own, AgentOptions.DEFAULTS, log, clock, steady, new Random()));
            }
        }
    }

    /** An agent's next step is planned at the end of the one before, so that no two threads have it at once. */
    private void stepAfter(Agent agent, long millis) {
        threads.schedule(() -> step(agent), millis, TimeUnit.MILLISECONDS);
    }

    private void step(Agent agent) {
        try {
            stepAfter(agent, agent.step().toMillis());
        } catch (RuntimeException | Error e) {
            // A process of its own would have ended by it, and here it must not pass for a quiet agent.
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private long looks() {
        long sum = 0;
        for (Agent agent : agents) {
            Findings findings = agent.findings();
            sum += findings == null ? 0 : findings.looks();
        }
        return sum;
    }
}
