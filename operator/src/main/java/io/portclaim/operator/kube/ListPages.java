package io.portclaim.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Lists from the quorum, page by page. */
public final class ListPages {
    private ListPages() {}

    /**
     * Calls {@code visitor} with every object. Without a resourceVersion a list is never older than its request.
     *
     * @param limit how many objects a page has at most
     * @param list asks for a page
     * @throws IOException when they can't all be listed now
     */
    public static <T extends HasMetadata> void forEach(
            long limit, Consumer<T> visitor, Function<ListOptions, ? extends KubernetesResourceList<T>> list)
            throws IOException {
        Pages.forEach(next -> page(list, limit, next), visitor);
    }

    private static <T extends HasMetadata> Pages.Page<T> page(
            Function<ListOptions, ? extends KubernetesResourceList<T>> list, long limit, @Nullable String next)
            throws IOException {
        try {
            KubernetesResourceList<T> page = list.apply(
                    new ListOptionsBuilder().withLimit(limit).withContinue(next).build());
            return new Pages.Page<>(page.getItems(), page.getMetadata().getContinue());
        } catch (KubernetesClientException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
