package io.portclaim.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.protocol.pods.ClaimPod;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodReaderTest {
    private static ClaimPod read(String metadata, String spec, String status) {
        return PodReader.read(pod(metadata, spec, status));
    }

    private static Pod pod(String metadata, String spec, String status) {
        return Serialization.unmarshal("""
                metadata: {name: x, namespace: ns, uid: u, resourceVersion: "7", creationTimestamp: "2026-11-23T09:30:00Z"%s}
                spec: {%s}
                status: {%s}
                """.formatted(metadata, spec, status), Pod.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GONE         | []",
                "GONE         | [{name: example.com/other}]",
                "LAST         | [{name: portclaim.io/ports}]",
                "AMONG_OTHERS | [{name: portclaim.io/ports}, {name: example.com/other}]",
            })
    void theGate(ClaimPod.Gate expected, String gates) {
        assertThat(read("", "schedulingGates: " + gates, "").gate()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "false | containers: [{name: a}] | ",
                "false | containers: [{name: a}] | containerStatuses: [{name: a, state: {running: {}}}]",
                "true  | containers: [{name: a}] | containerStatuses: [{name: a, state: {terminated: {exitCode: 1}}}]",
                "false | containers: [{name: a}, {name: b}] | containerStatuses: [{name: a, state: {terminated: {exitCode: 1}}}]",
                "false | 'containers: [{name: a}], initContainers: [{name: s, restartPolicy: Always}]' | containerStatuses: [{name: a, state: {terminated: {exitCode: 1}}}]",
                "true  | 'containers: [{name: a}], initContainers: [{name: s, restartPolicy: Always}]' | 'containerStatuses: [{name: a, state: {terminated: {exitCode: 1}}}], initContainerStatuses: [{name: s, state: {terminated: {exitCode: 0}}}]'",
                "true  | 'containers: [{name: a}], initContainers: [{name: once}]' | containerStatuses: [{name: a, state: {terminated: {exitCode: 1}}}]",
            })
    void allContainersMustBeReportedToHaveEnded(boolean expected, String spec, String status) {
        assertThat(read("", spec, status == null ? "" : status).isTerminated()).isEqualTo(expected);
    }

    @Test
    void whatItsContainersRead() {
        String variable = "{name: V, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['%s']\"}}}";
        ClaimPod pod = read(
                "",
                "containers: [{name: a, env: [%s, %s, {name: P, value: x}]}], initContainers: [{name: i, env: [%s]}]"
                        .formatted(
                                variable.formatted("port.portclaim.io/http"),
                                variable.formatted("other"),
                                variable.formatted("port.portclaim.io/game-udp")),
                "");
        assertThat(pod.reads()).containsExactlyInAnyOrder("http", "game-udp");
    }

    @Test
    void whatItCarriesAndWhere() {
        String annotations =
                ", labels: {portclaim.io/claim: web}, annotations: {portclaim.io/ports: '[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":21080}]'}";
        ClaimPod bound = read(annotations, "nodeName: n1, terminationGracePeriodSeconds: 5", "phase: Running");
        assertThat(bound.claimKey()).hasToString("ns/web");
        assertThat(bound.holds().places()).containsExactly("n1");
        assertThat(bound.grace()).isEqualTo(Duration.ofSeconds(5));
        assertThat(bound.isOver()).isFalse();
        assertThat(read(annotations, "", "").holds().places()).containsExactly("?");
        assertThat(read(annotations, "nodeName: n1", "phase: Failed").holds().isEmpty())
                .isTrue();
        assertThat(read(annotations + ", deletionTimestamp: '2026-11-23T09:31:00Z'", "", "")
                        .isOver())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | ', labels: {portclaim.io/claim: web}'",
                "true  | ', annotations: {portclaim.io/ports: \"[]\"}'",
                "false | ', labels: {app: web}'",
                "false | ''",
            })
    void whichPodsConcernUs(boolean expected, String metadata) {
        assertThat(PodReader.concerns(pod(metadata, "", ""))).isEqualTo(expected);
    }
}
