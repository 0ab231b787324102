package io.portclaim.operator.options;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Every setting, and what each is set to. Immutable. */
public final class Options {
    /** The Lease by which operators agree who leads. */
    public static final Setting<String> LEASE_NAME = Setting.of(
            "lease-name",
            Form.objectName(),
            "portclaim",
            "The Lease for the election of a leader. All replicas of one installation share it.");

    /** Where that Lease is. */
    public static final Setting<String> LEASE_NAMESPACE = Setting.of(
            "lease-namespace",
            Form.objectName(),
            "the pod's namespace, else portclaim",
            environment -> environment.podNamespace().orElse("portclaim"),
            "The namespace of the Lease.");

    /** This process's name as a holder of the Lease. */
    public static final Setting<String> IDENTITY = Setting.of(
            "identity",
            Form.text(),
            "the host name and a random suffix",
            Options::newIdentity,
            "This process's name as the Lease's holder. No two processes may ever have the same name, not even one"
                    + " after the other: leave it unset outside tests.");

    /** Whether to elect a leader at all. */
    public static final Setting<Boolean> LEADER_ELECTION = Setting.of(
            "leader-election",
            Form.flag(),
            "true",
            "Elect a leader among the replicas. Disable it only where no second operator can run, such as on a"
                    + " laptop.");

    /** How long the Lease holds after a renewal, in whole seconds. */
    public static final Setting<Duration> LEASE_DURATION = Setting.of(
            "lease-duration",
            Form.duration(Duration.ofSeconds(1)),
            "15s",
            "How long the replicas wait for a silent leader. Whole seconds, longer than the renew deadline.");

    /** How long the leader tries to renew before it gives up. */
    public static final Setting<Duration> RENEW_DEADLINE = Setting.of(
            "renew-deadline",
            Form.duration(Duration.ofMillis(1)),
            "10s",
            "How long the leader tries to renew the Lease before it gives up and restarts."
                    + " More than 2.2 retry periods.");

    /** The time between two attempts to renew or to take the Lease. */
    public static final Setting<Duration> RETRY_PERIOD = Setting.of(
            "retry-period",
            Form.duration(Duration.ofMillis(1)),
            "1s",
            "The time between two renewals. A standby checks the Lease at this interval, or at up to 2.2 times this"
                    + " interval; and at once when the Lease is released, deleted or has run out.");

    /** How many claims of one namespace are worked on at once. */
    public static final Setting<Integer> RECONCILE_THREADS = Setting.of(
            "reconcile-threads",
            Form.number(1, 1024),
            "40",
            "How many claims of one namespace are reconciled at once; of all namespaces together, twice as many. Fewer"
                    + " than 32 make the ledger's batches small and the operator slow. More than 40 have no advantage,"
                    + " because at most 80 requests are under way at once.");

    /** The kubeconfig context. */
    public static final Setting<Optional<String>> CONTEXT = Setting.of(
            "context",
            Form.optionalText(),
            "the kubeconfig's current context",
            environment -> Optional.empty(),
            "The kubeconfig context to use. The file is found as kubectl finds it: KUBECONFIG, else ~/.kube/config."
                    + " In a pod the service account is used.");

    /** The port of /livez, /readyz and /metrics. */
    public static final Setting<Integer> HTTP_PORT = Setting.of(
            "http-port",
            Form.number(0, 65535),
            "8080",
            "The port of /livez, /readyz and /metrics. 0 selects any free port.");

    /** The address of /livez, /readyz and /metrics. */
    public static final Setting<String> HTTP_BIND_ADDRESS = Setting.of(
            "http-bind-address",
            Form.text(),
            "0.0.0.0",
            "The address to listen on. 0.0.0.0 means every address, including IPv6 if the node has it.");

    /** How log lines look. */
    public static final Setting<LogFormat> LOG_FORMAT = Setting.of(
            "log-format",
            Form.choice(LogFormat.class),
            "plain",
            "The format of log lines: text, or one JSON object per line.");

    /** How much the operator says. */
    public static final Setting<LogLevel> LOG_LEVEL = Setting.of(
            "log-level",
            Form.choice(LogLevel.class),
            "info",
            "The lowest level at which the operator itself logs. Its libraries always log at warn and above.");

    /** How long an absent node keeps its ports. */
    public static final Setting<Duration> NODE_GRACE = Setting.of(
            "node-grace",
            Form.duration(Duration.ZERO),
            "10m",
            "How long the ports on a deleted node are kept, in case it returns under the same name.");

    /** How long what a ConfigMap says is kept for a claim to come. */
    public static final Setting<Duration> RESTORE_GRACE = Setting.of(
            "restore-grace",
            Form.duration(Duration.ZERO),
            "10m",
            "How long the ports in a ConfigMap whose claim does not exist, as a backup tool restores it, are kept for a claim"
                    + " of that name. 0s keeps none.");

    /** The most nodes of one Node-scope claim. */
    public static final Setting<Integer> MAX_NODES_PER_CLAIM = Setting.of(
            "max-nodes-per-claim",
            Form.number(1, 1000),
            "500",
            "The most nodes that a claim of scope Node may cover. For more nodes, use scope Cluster.");

    /** The least cooldown that a pool may ask for. */
    public static final Setting<Duration> MIN_COOLDOWN = Setting.of(
            "min-cooldown",
            Form.duration(Duration.ZERO),
            "65s",
            "The shortest cooldown that a pool may set. Linux keeps a closed connection's port for 60 seconds"
                    + " (TIME_WAIT), so set it lower only in tests.");

    /** The limit of one request that writes the ledger. */
    public static final Setting<Duration> LEDGER_REQUEST_TIMEOUT = Setting.of(
            "ledger-request-timeout",
            Form.duration(Duration.ofMillis(100)),
            "3s",
            "How long one ledger write may take. Less than the renew deadline, so that a leader without an API server"
                    + " notices this before another one leads.");

    /** The least time between two writes of one pool's status. */
    public static final Setting<Duration> POOL_STATUS_INTERVAL = Setting.of(
            "pool-status-interval",
            Form.duration(Duration.ZERO),
            "5s",
            "The shortest time between two writes of a pool's status.");

    /** How long joins and changes of nodes are gathered. */
    public static final Setting<Duration> NODE_CHANGE_WINDOW = Setting.of(
            "node-change-window",
            Form.duration(Duration.ZERO),
            "1s",
            "How long changes of nodes are collected before the affected claims are reconciled.");

    /** How long the caches may take to fill at start. */
    public static final Setting<Duration> CACHE_SYNC_TIMEOUT = Setting.of(
            "cache-sync-timeout",
            Form.duration(Duration.ofSeconds(1)),
            "2m",
            "How long the first listing of the watched objects may take. After that the operator stops and is"
                    + " restarted.");

    /** How often holders that the cache does not know are looked up. */
    public static final Setting<Duration> SWEEP_INTERVAL = Setting.of(
            "sweep-interval",
            Form.duration(Duration.ofSeconds(1)),
            "5m",
            "How often a claim that holds ports but is not in the cache is looked up, so that no port leaks if a"
                    + " deletion was missed.");

    /** Where pods that wait for a ConfigMap are annotated once it is written. */
    public static final Setting<NamespaceSet> TOUCH_PODS_IN = Setting.of(
            "touch-pods-in",
            Form.namespaces(),
            "no namespace",
            environment -> NamespaceSet.NONE,
            "The namespaces, with commas, or * for all, where pods that wait for a claim's ConfigMap get an annotation once"
                    + " it is written, so that they start at once and not up to 10 s later. Needs permission to patch"
                    + " pods there.");
    /** Where claims of scope Pod are served. */
    public static final Setting<NamespaceSet> POD_SCOPE_IN = Setting.of(
            "pod-scope-in",
            Form.namespaces(),
            "no namespace",
            environment -> NamespaceSet.NONE,
            "The namespaces, with commas, or * for all, where claims of scope Pod are served. Needs the policies that the chart"
                    + " installs with podScope.enabled, without which two pods can get one port, and permission to patch pods"
                    + " there.");

    /** Every setting, in the order of the help. */
    public static final List<Setting<?>> ALL = List.of(
            LEASE_NAME,
            LEASE_NAMESPACE,
            IDENTITY,
            LEADER_ELECTION,
            LEASE_DURATION,
            RENEW_DEADLINE,
            RETRY_PERIOD,
            CONTEXT,
            RECONCILE_THREADS,
            CACHE_SYNC_TIMEOUT,
            LEDGER_REQUEST_TIMEOUT,
            POOL_STATUS_INTERVAL,
            NODE_CHANGE_WINDOW,
            SWEEP_INTERVAL,
            NODE_GRACE,
            RESTORE_GRACE,
            MAX_NODES_PER_CLAIM,
            MIN_COOLDOWN,
            TOUCH_PODS_IN,
            POD_SCOPE_IN,
            HTTP_BIND_ADDRESS,
            HTTP_PORT,
            LOG_FORMAT,
            LOG_LEVEL);

    private static final String SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

    private final Map<Setting<?>, Object> values;
    private final List<Setting<?>> given;

    Options(Map<Setting<?>, Object> values, List<Setting<?>> given) {
        this.values = Map.copyOf(values);
        this.given = List.copyOf(given);
    }

    /** What a setting is set to. */
    @SuppressWarnings("unchecked") // the reader of the settings puts what the setting itself has parsed
    public <T> T get(Setting<T> setting) {
        Object value = values.get(setting);
        if (value == null) {
            throw new IllegalArgumentException(setting + " is missing in Options.ALL");
        }
        return (T) value;
    }

    /** How many claims are worked on at once: one namespace may have half of what the others leave. */
    public int workers() {
        return 2 * get(RECONCILE_THREADS);
    }

    /** What was set by flag or variable, as {@code lease-name=a, log-format=json}; "all defaults" if nothing was. */
    public String describe() {
        if (given.isEmpty()) {
            return "all defaults";
        }
        return given.stream()
                .map(setting -> setting.name() + "=" + text(get(setting)))
                .collect(Collectors.joining(", "));
    }

    private static String text(Object value) {
        if (value instanceof Duration duration) {
            return DurationText.format(duration);
        }
        return value instanceof Optional<?> optional
                ? optional.map(Object::toString).orElse("")
                : value.toString();
    }

    // A container that restarts in its pod has the same host name. Without the suffix it would take the Lease of the
    // process before it for its own.
    private static String newIdentity(Environment environment) {
        SecureRandom random = new SecureRandom();
        String suffix = IntStream.range(0, 5)
                .map(i -> SUFFIX_LETTERS.charAt(random.nextInt(SUFFIX_LETTERS.length())))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return environment.variable("HOSTNAME").orElse("portclaim") + "-" + suffix;
    }
}
