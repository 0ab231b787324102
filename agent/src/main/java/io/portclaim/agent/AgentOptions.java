package io.portclaim.agent;

import io.portclaim.agent.log.LogLevel;
import java.nio.file.Path;
import java.util.List;

/**
 * What an agent is started with.
 *
 * @param metricsPort where /livez and /metrics are; 0 for nowhere
 * @param metricsAddress the address there
 * @param pressurePercent of the ephemeral ports, toward one destination: where EphemeralPortPressure comes, 2 to 100
 * @param pressureClearPercent where it goes, 1 to 99 and less than {@code pressurePercent}: at one mark it would come and go
 * @param topDestinations how many destinations, and peers with leaked connections, the metrics name, 0 to 16
 * @param serviceAccount the folder with the token, in {@code token}, and the certificates of the API server, in {@code ca.crt}
 * @param json whether the log is JSON
 * @param logLevel the least that is logged
 */
public record AgentOptions(
        int metricsPort,
        String metricsAddress,
        int pressurePercent,
        int pressureClearPercent,
        int topDestinations,
        Path serviceAccount,
        boolean json,
        LogLevel logLevel) {

    /** What holds where nothing is said. The folder is fixed by the kubelet for every pod that mounts a token. */
    public static final AgentOptions DEFAULTS = new AgentOptions(
            10371,
            "0.0.0.0",
            80,
            60,
            5,
            Path.of("/var/run/secrets/kubernetes.io/serviceaccount"),
            false,
            LogLevel.INFO);

    /** The options' names. */
    public static final List<String> NAMES = List.of(
            "--metrics-port",
            "--metrics-address",
            "--pressure-percent",
            "--pressure-clear-percent",
            "--top-destinations",
            "--service-account",
            "--log-format",
            "--log-level");

    static final int MOST_DESTINATIONS = 16;
    private static final int MAX_PORT = 65535;
    private static final String ALL = String.join(", ", NAMES);

    /**
     * Reads a command line of {@code --name=value}.
     *
     * @throws IllegalArgumentException if it makes no sense; the message says what would
     */
    public static AgentOptions parse(String... arguments) {
        AgentOptions options = DEFAULTS;
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 0 || !argument.startsWith("--")) {
                throw new IllegalArgumentException(
                        "\"" + argument + "\" is no option: write --name=value, with one of " + ALL);
            }
            options = options.with(argument.substring(0, equals), argument.substring(equals + 1));
        }
        if (options.pressureClearPercent >= options.pressurePercent) {
            throw new IllegalArgumentException("--pressure-clear-percent is " + options.pressureClearPercent
                    + " and must be less than --pressure-percent, which is " + options.pressurePercent);
        }
        return options;
    }

    private AgentOptions with(String name, String value) {
        int port = metricsPort;
        String address = metricsAddress;
        int percent = pressurePercent;
        int clear = pressureClearPercent;
        int top = topDestinations;
        Path account = serviceAccount;
        boolean isJson = json;
        LogLevel level = logLevel;
        switch (name) {
            case "--metrics-port" -> port = number(name, value, 0, MAX_PORT);
            case "--metrics-address" -> address = value;
            case "--pressure-percent" -> percent = number(name, value, 2, 100);
            case "--pressure-clear-percent" -> clear = number(name, value, 1, 99);
            case "--top-destinations" -> top = number(name, value, 0, MOST_DESTINATIONS);
            case "--service-account" -> account = Path.of(value);
            case "--log-format" -> isJson = isJson(value);
            case "--log-level" -> level = level(value);
            default -> throw new IllegalArgumentException("there is no option " + name + "; there are " + ALL);
        }
        return new AgentOptions(port, address, percent, clear, top, account, isJson, level);
    }

    private static int number(String name, String value, int least, int most) {
        try {
            int number = Integer.parseInt(value);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, with the range.
        }
        throw new IllegalArgumentException("the value of " + name + " is \"" + value
                + "\" and must be a whole number from " + least + " to " + most);
    }

    private static boolean isJson(String value) {
        return switch (value) {
            case "json" -> true;
            case "plain" -> false;
            default ->
                throw new IllegalArgumentException(
                        "the value of --log-format is \"" + value + "\" and must be plain or json");
        };
    }

    private static LogLevel level(String value) {
        for (LogLevel level : LogLevel.values()) {
            if (level.name().equalsIgnoreCase(value)) {
                return level;
            }
        }
        throw new IllegalArgumentException(
                "the value of --log-level is \"" + value + "\" and must be error, warn, info or debug");
    }
}
