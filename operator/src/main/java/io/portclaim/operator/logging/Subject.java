package io.portclaim.operator.logging;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The object that a log line is about. A line starts with it, {@code log.info("{}: assigned {}", subject, ports)} gives
 * {@code PortClaim games/web: assigned http=21080}, and while {@link #inLog} is open the JSON format carries kind, namespace
 * and name as fields of their own.
 *
 * @param kind as in YAML, {@code PortClaim}
 * @param namespace null for what is cluster-scoped
 * @param name as in YAML
 */
public record Subject(String kind, @Nullable String namespace, String name) {
    private static final String KIND = "kind";
    private static final String NAMESPACE = "namespace";
    private static final String NAME = "name";

    /** What log lines say of an object. */
    public static Subject of(HasMetadata object) {
        return new Subject(
                object.getKind(),
                object.getMetadata().getNamespace(),
                object.getMetadata().getName());
    }

    /** Does something; the log lines that this thread writes meanwhile carry this subject, also those of a library. */
    public void inLog(Runnable action) {
        inLog(() -> {
            action.run();
            return this;
        });
    }

    /** As {@link #inLog(Runnable)}, for what has a result. */
    public <T> T inLog(Supplier<T> action) {
        String outerKind = MDC.get(KIND);
        String outerNamespace = MDC.get(NAMESPACE);
        String outerName = MDC.get(NAME);
        mark(kind, namespace, name);
        try {
            return action.get();
        } finally {
            mark(outerKind, outerNamespace, outerName);
        }
    }

    @Override
    public String toString() {
        return kind + " " + (namespace == null ? "" : namespace + "/") + name;
    }

    private static void mark(@Nullable String kind, @Nullable String namespace, @Nullable String name) {
        put(KIND, kind);
        put(NAMESPACE, namespace);
        put(NAME, name);
    }

    private static void put(String key, @Nullable String value) {
        if (value == null) {
            MDC.remove(key);
        } else {
            MDC.put(key, value);
        }
    }
}
