package io.portclaim.testing;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * What a user may do. The API server goes by roles and bindings from a moment after they were made, by each kind of them from
 * a moment of its own.
 *
 * @param client of an administrator
 * @param user like {@code system:serviceaccount:namespace:name}
 */
public record Rights(KubernetesClient client, String user, List<String> groups) {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    /**
     * Waits until the user may do this.
     *
     * @param group of the API, empty for the core
     * @param resource like {@code pods} or {@code pods/status}
     * @param namespace empty for what has none, and for all
     */
    public void await(String verb, String group, String resource, String namespace) {
        Awaitility.await("%s may %s %s".formatted(user, verb, resource))
                .atMost(DEADLINE)
                .until(() -> may(verb, group, resource, namespace));
    }

    private boolean may(String verb, String group, String resource, String namespace) {
        String[] words = resource.split("/");
        SubjectAccessReview review = new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser(user)
                .withGroups(groups)
                .withNewResourceAttributes()
                .withVerb(verb)
                .withGroup(group)
                .withResource(words[0])
                .withSubresource(words.length > 1 ? words[1] : "")
                .withNamespace(namespace)
                .endResourceAttributes()
                .endSpec()
                .build();
        return client.authorization()
                .v1()
                .subjectAccessReview()
                .create(review)
                .getStatus()
                .getAllowed();
    }
}
