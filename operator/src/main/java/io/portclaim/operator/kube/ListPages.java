package io.portclaim.operator.kube;

import com.fasterxml.jackson.core.type.TypeReference;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lists from the quorum, page by page. Thread-safe. */
public final class ListPages {
    private static final String JSON = "application/json";
    /** The form of a list in which objects have nothing but their metadata. */
    public static final String METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    private final Requests requests;
    private final KubernetesSerialization serialization;

    /** Sends {@code requests}, and reads what they bring by {@code serialization}. */
    public ListPages(Requests requests, KubernetesSerialization serialization) {
        this.requests = requests;
        this.serialization = serialization;
    }

    /**
     * The objects to list.
     *
     * @param path of their collection
     * @param label what they have; null: all
     * @param limit how many objects a page has, for a start
     */
    public record Query(String path, @Nullable String label, long limit) {
        private String page(@Nullable String token) {
            return path + "?limit=" + limit + parameter("labelSelector", label) + parameter("continue", token);
        }

        /** Any one object: what matters is the version of the list. */
        String one() {
            return path + "?limit=1";
        }

        /** The events after {@code version}, for so long. */
        String watch(long version, int seconds) {
            return "%s?watch=true&allowWatchBookmarks=true&resourceVersion=%d&timeoutSeconds=%d%s"
                    .formatted(path, version, seconds, parameter("labelSelector", label));
        }

        private static String parameter(String name, @Nullable String value) {
            return value == null ? "" : "&%s=%s".formatted(name, URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }

    /**
     * Calls {@code visitor} with every object. Without a resourceVersion a list is never older than its request.
     *
     * @throws IOException when they can't all be listed now
     */
    public <T extends HasMetadata> void forEach(
            Query query, TypeReference<? extends KubernetesResourceList<T>> type, Consumer<T> visitor)
            throws IOException {
        forEach(query, JSON, body -> parsed(body, type), visitor);
    }

    /**
     * The same, for lists that the API server writes in another form.
     *
     * @param accept the form, as a media type
     * @param items reads a page
     */
    public <T> void forEach(Query query, String accept, Parser<T> items, Consumer<T> visitor) throws IOException {
        Pages.forEach(
                token -> {
                    Requests.Pending pending = sent(query.page(token), accept);
                    return () -> page(query.path(), pending.await(), items);
                },
                visitor);
    }

    /** What fails at once fails like what fails later. */
    private Requests.Pending sent(String path, String accept) {
        try {
            return requests.list(path, accept);
        } catch (RuntimeException e) {
            return () -> {
                throw new IOException(e.getMessage(), e);
            };
        }
    }

    /** Reads a page. */
    @FunctionalInterface
    public interface Parser<T> {
        /**
         * The objects of the page that {@code body} says.
         *
         * @throws IOException when it is no such page
         */
        List<T> read(byte[] body) throws IOException;
    }

    private static <T> Pages.Page<T> page(String path, Requests.Answer answer, Parser<T> items) throws IOException {
        if (!answer.isSuccess()) {
            throw new IOException("%s can't be listed: %s".formatted(path, answer.message()));
        }
        return new Pages.Page<>(() -> items.read(answer.body()), answer.nextPage());
    }

    private <T extends HasMetadata> List<T> parsed(byte[] body, TypeReference<? extends KubernetesResourceList<T>> type)
            throws IOException {
        try {
            return serialization.unmarshal(new ByteArrayInputStream(body), type).getItems();
        } catch (RuntimeException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
