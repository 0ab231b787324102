package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.PortGrant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Grants as environment variables: {@code HTTP_PORT}, for a block also {@code HTTP_PORT_END}, and where the protocol is
 * not TCP also {@code HTTP_PORT_PROTOCOL}.
 *
 * <p>No two legal port names share a variable. A name has neither upper-case letters nor underscores, so writing it in
 * upper case with {@code _} for {@code -} loses nothing; and the three endings differ in their last letters, so that
 * {@code http-port-end} gives {@code HTTP_PORT_END_PORT}, which no other name gives. None has a dot, as the names of files
 * have. A name starts with a letter, so a variable is an identifier to a shell.
 */
final class PortVariables {
    private static final String PORT = "_PORT";
    private static final String END = "_PORT_END";
    private static final String PROTOCOL = "_PORT_PROTOCOL";
    private static final Pattern NUMBER = Pattern.compile("\\d{1,5}");

    private PortVariables() {}

    /** The variables of {@code grants}, in their order. */
    static Map<String, String> of(List<PortGrant> grants) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (PortGrant grant : grants) {
            String prefix = grant.name().toUpperCase(Locale.ROOT).replace('-', '_');
            variables.put(prefix + PORT, Integer.toString(grant.port()));
            if (grant.count() > 1) {
                variables.put(prefix + END, Integer.toString(grant.lastPort()));
            }
            if (grant.transport() != TransportProtocol.TCP) {
                variables.put(prefix + PROTOCOL, grant.transport().name());
            }
        }
        return variables;
    }

    /** The text of a file that a shell can source. */
    static String toFile(Map<String, String> variables) {
        return variables.entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue() + "\n")
                .collect(Collectors.joining());
    }

    /** Reads such a file; lines that set no variable of a port that {@code into} believes in are passed over. */
    static void readFile(String text, String place, AssignmentCollector into) {
        Map<String, String> variables = new LinkedHashMap<>();
        text.lines().map(String::strip).forEach(line -> {
            int equals = line.indexOf('=');
            String prefix = prefix(line.substring(0, Math.max(equals, 0)));
            if (prefix != null && into.believesName(portName(prefix))) {
                variables.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        read(variables, place, into);
    }

    /** Adds to {@code into} what the variables say; a port whose variables make no sense is left out. */
    static void read(Map<String, String> variables, String place, AssignmentCollector into) {
        variables.forEach((variable, value) -> {
            if (!variable.endsWith(PORT)) {
                return;
            }
            String prefix = variable.substring(0, variable.length() - PORT.length());
            String end = variables.get(prefix + END);
            Integer last = number(end);
            if (end == null || last != null) {
                into.add(place, portName(prefix), transport(variables.get(prefix + PROTOCOL)), number(value), last);
            }
        });
    }

    /** What a variable begins with before one of the three endings; null where it has none of them. */
    private static @Nullable String prefix(String variable) {
        return Stream.of(PORT, END, PROTOCOL)
                .filter(variable::endsWith)
                .map(ending -> variable.substring(0, variable.length() - ending.length()))
                .findFirst()
                .orElse(null);
    }

    private static String portName(String prefix) {
        return prefix.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static @Nullable Integer number(@Nullable String text) {
        return text != null && NUMBER.matcher(text).matches() ? Integer.valueOf(text) : null;
    }

    private static @Nullable TransportProtocol transport(@Nullable String text) {
        if (text == null) {
            return TransportProtocol.TCP;
        }
        for (TransportProtocol transport : TransportProtocol.values()) {
            if (transport.name().equals(text)) {
                return transport;
            }
        }
        return null;
    }
}
