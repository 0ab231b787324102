package io.portclaim.operator.options;

import static io.portclaim.operator.options.Options.LEASE_DURATION;
import static io.portclaim.operator.options.Options.LEDGER_REQUEST_TIMEOUT;
import static io.portclaim.operator.options.Options.RENEW_DEADLINE;
import static io.portclaim.operator.options.Options.RETRY_PERIOD;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads settings: the command line first, then the environment, then the default. */
final class OptionsReader {
    private static final Map<String, Setting<?>> BY_FLAG = index(Setting::flag);
    private static final Map<String, Setting<?>> BY_VARIABLE = index(Setting::variable);

    // A Service called portclaim-http gives every pod of its namespace PORTCLAIM_HTTP_PORT=tcp://10.0.0.1:8080 and more
    // (kubelet, "enableServiceLinks"). Those are not ours to read and no mistake of the user.
    private static final Pattern SERVICE_LINK_NAME =
            Pattern.compile(".*_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_.+)?)");
    private static final Pattern SERVICE_LINK_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

    private final Environment environment;

    OptionsReader(Environment environment) {
        this.environment = environment;
    }

    Invocation read(List<String> arguments) {
        if (arguments.contains("--help") || arguments.contains("-h")) {
            return new Invocation.Help(HelpText.ofAll());
        }
        try {
            Map<Setting<?>, String> flags = flags(arguments);
            Map<Setting<?>, Object> values = new HashMap<>();
            List<Setting<?>> given = new ArrayList<>();
            for (Setting<?> setting : Options.ALL) {
                Optional<Object> value = given(setting, flags);
                value.ifPresent(any -> given.add(setting));
                values.put(setting, value.orElseGet(() -> setting.defaultIn(environment)));
            }
            Options options = new Options(values, given);
            checkTimes(options);
            return new Invocation.Run(options, warnings());
        } catch (UsageException e) {
            return new Invocation.Refused(e.getMessage() + " --help lists every setting.");
        }
    }

    private Map<Setting<?>, String> flags(List<String> arguments) {
        Map<Setting<?>, String> flags = new LinkedHashMap<>();
        Deque<String> rest = new ArrayDeque<>(arguments);
        while (!rest.isEmpty()) {
            String argument = rest.removeFirst();
            int equals = argument.indexOf('=');
            String flag = equals < 0 ? argument : argument.substring(0, equals);
            Setting<?> setting = BY_FLAG.get(flag);
            if (setting == null) {
                throw new UsageException(
                        (flag.startsWith("-") ? "Unknown flag " : "Unexpected argument ") + flag + "." + likely(flag));
            }
            flags.put(setting, equals < 0 ? nextValue(setting, rest) : argument.substring(equals + 1));
        }
        return flags;
    }

    private static String nextValue(Setting<?> setting, Deque<String> rest) {
        String next = rest.peekFirst();
        boolean isValue = next != null && !next.startsWith("--");
        if (setting.isFlag() && !(isValue && isTruth(next))) {
            return "true";
        }
        if (!isValue) {
            throw new UsageException(
                    setting.flag() + " needs a value (" + setting.hint() + "): " + setting.flag() + "=VALUE.");
        }
        return rest.removeFirst();
    }

    private static boolean isTruth(String text) {
        return text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
    }

    private Optional<Object> given(Setting<?> setting, Map<Setting<?>, String> flags) {
        String flag = flags.get(setting);
        if (flag != null) {
            return Optional.of(parse(setting, setting.flag(), flag));
        }
        return environment
                .variable(setting.variable())
                .filter(value -> !SERVICE_LINK_VALUE.matcher(value).matches())
                .map(value -> parse(setting, setting.variable(), value));
    }

    private static Object parse(Setting<?> setting, String where, String text) {
        try {
            if (text.isBlank()) {
                throw new IllegalArgumentException("is empty; leave it out for the default");
            }
            return setting.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    where + "=" + text + " " + e.getMessage() + ". The default is " + setting.defaultText() + ".");
        }
    }

    // The first two rules are fabric8's own (LeaderElectorBuilder.validate), reported here with the flags' names. The
    // ledger's
    // rule keeps a leader that has lost the API server from hanging in a write when another one leads already.
    private static void checkTimes(Options options) {
        requireLess(options, RENEW_DEADLINE, 1, LEASE_DURATION);
        requireLess(options, RETRY_PERIOD, 2.2, RENEW_DEADLINE);
        requireLess(options, LEDGER_REQUEST_TIMEOUT, 1, RENEW_DEADLINE);
        Duration lease = options.get(LEASE_DURATION);
        if (lease.toMillisPart() != 0) {
            throw new UsageException(LEASE_DURATION + "=" + DurationText.format(lease)
                    + " must be whole seconds, because a Lease stores whole seconds.");
        }
    }

    private static void requireLess(Options options, Setting<Duration> less, double times, Setting<Duration> more) {
        Duration small = options.get(less);
        Duration big = options.get(more);
        if (small.toMillis() * times >= big.toMillis()) {
            throw new UsageException(more + " (" + DurationText.format(big) + ") must be longer than "
                    + (times == 1 ? "" : times + " times ") + less + " (" + DurationText.format(small)
                    + "). The defaults are " + more.defaultText() + " and " + less.defaultText() + ".");
        }
    }

    private List<String> warnings() {
        return environment.variables().entrySet().stream()
                .filter(variable -> variable.getKey().startsWith(Setting.VARIABLE_PREFIX))
                .filter(variable -> !BY_VARIABLE.containsKey(variable.getKey()))
                .filter(variable ->
                        !SERVICE_LINK_NAME.matcher(variable.getKey()).matches())
                .map(variable -> "The environment variable " + variable.getKey() + " is no setting and is ignored."
                        + likelyVariable(variable.getKey()))
                .sorted()
                .toList();
    }

    private static String likely(String flag) {
        return Spelling.nearest(flag, BY_FLAG.keySet())
                .map(name -> " Did you mean " + name + "?")
                .orElse("");
    }

    private static String likelyVariable(String variable) {
        return Spelling.nearest(variable, BY_VARIABLE.keySet())
                .map(name -> " Did you mean " + name + "?")
                .orElse("");
    }

    private static Map<String, Setting<?>> index(Function<Setting<?>, String> key) {
        return Options.ALL.stream().collect(Collectors.toUnmodifiableMap(key, Function.identity()));
    }

    /** A usage error; its message is a whole sentence or more. */
    private static final class UsageException extends RuntimeException {
        UsageException(String message) {
            super(message, null, false, false);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }
}
