package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A claim as its user sees it. Whatever is asked of it is waited for. */
final class ClaimProbe {
    private final OperatorFixture fixture;
    private final String namespace;
    private final String name;

    ClaimProbe(OperatorFixture fixture, String namespace, String name) {
        this.fixture = fixture;
        this.namespace = namespace;
        this.name = name;
    }

    private Resource<PortClaim> resource() {
        return fixture.client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName(name);
    }

    PortClaim now() {
        return resource().require();
    }

    /** Waits until all that its spec asks for is assigned and published. */
    ClaimProbe ready() {
        await(name + " is ready")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(condition("Ready")).startsWith("True Assigned"));
        return this;
    }

    /** Waits until it is ready, and says what it has, as in {@code http=21080, game=21100-21103/UDP}. */
    String ports() {
        return String.valueOf(ready().status().summary());
    }

    /** What it has on each node at this moment, as in {@code http=21080}; nodes without ports are left out. */
    Map<String, String> portsByNode() {
        return Objects.requireNonNullElse(status().nodes(), List.<NodeAssignment>of()).stream()
                .filter(group -> group.ports() != null)
                .flatMap(group -> group.names().stream().map(node -> Map.entry(node, text(group.ports()))))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static String text(@Nullable List<AssignedPort> ports) {
        return Objects.requireNonNull(ports).stream()
                .map(port -> port.name() + "=" + port.port())
                .collect(Collectors.joining(", "));
    }

    /** Waits until it has these ports on these nodes and nothing elsewhere. */
    void hasOnNodes(Map<String, String> ports) {
        await(name + " has its ports")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(portsByNode()).isEqualTo(ports));
    }

    /** Waits until it is refused for this reason, and says in which words. */
    String refusal(String reason) {
        return message("Ready", "False " + reason);
    }

    /** Waits until the condition has this status and reason for the spec as it is now; its message. */
    String message(String type, String statusAndReason) {
        await(name).atMost(SOON).untilAsserted(() -> assertThat(condition(type)).startsWith(statusAndReason + ":"));
        return condition(type).substring(statusAndReason.length() + 2);
    }

    /** The condition at this moment, as in {@code True Assigned: …}; of an earlier spec it says nothing. */
    String condition(String type) {
        PortClaim claim = now();
        return Optional.ofNullable(claim.getStatus())
                .filter(status -> claim.getMetadata().getGeneration().equals(status.observedGeneration()))
                .flatMap(status -> Objects.requireNonNull(status.conditions()).stream()
                        .filter(condition -> condition.type().equals(type))
                        .findFirst())
                .map(ClaimProbe::text)
                .orElse("not reported yet");
    }

    private static String text(Condition condition) {
        return "%s %s: %s".formatted(condition.status(), condition.reason(), condition.message());
    }

    PortClaimStatus status() {
        PortClaimStatus status = now().getStatus();
        if (status == null || status.conditions() == null) {
            throw new IllegalStateException("nobody has written a status yet");
        }
        return status;
    }

    String uid() {
        return now().getMetadata().getUid();
    }

    String version() {
        return now().getMetadata().getResourceVersion();
    }

    /** Its ConfigMap, which must be there. */
    ConfigMap configMap() {
        return fixture.configMap(namespace, configMapName());
    }

    String configMapName() {
        return Objects.requireNonNullElse(now().getSpec().configMapName(), name + "-ports");
    }

    Map<String, String> data() {
        return configMap().getData();
    }

    /** Merges {@code patch} into its spec. */
    ClaimProbe edit(String patch) {
        resource().patch(OperatorFixture.merge(), fixture.json("spec: " + patch));
        return this;
    }

    /** Merges {@code patch} into its status, as someone with too many rights does. */
    void spoofStatus(String patch) {
        resource().subresource("status").patch(OperatorFixture.merge(), fixture.json("status: " + patch));
    }

    void delete() {
        resource().delete();
    }

    /** Deletes it and leaves its ConfigMap behind. */
    void deleteWithoutItsConfigMap() {
        resource().withPropagationPolicy(DeletionPropagation.ORPHAN).delete();
        await("the claim is gone").atMost(SOON).until(() -> resource().get() == null);
    }

    /** The reasons of its events, in no order. */
    List<String> events() {
        return fixture.client().v1().events().inNamespace(namespace).list().getItems().stream()
                .filter(event -> name.equals(event.getInvolvedObject().getName()))
                .map(ClaimProbe::text)
                .toList();
    }

    private static String text(Event event) {
        return event.getType() + " " + event.getReason();
    }

    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
