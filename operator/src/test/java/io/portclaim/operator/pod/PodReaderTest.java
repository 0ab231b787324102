package io.portclaim.operator.pod;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodPlacement;
import java.time.Duration;
import java.util.Collections;
import java.util.stream.IntStream;
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

    /** Else its ports would stay blocked for ever, or no Duration could have it. */
    @ParameterizedTest
    @CsvSource({"5, 5", "86400, 86400", "86401, 86400", "9223372036854775807, 86400"})
    void theGraceHasAnEnd(String says, long seconds) {
        assertThat(read("", "terminationGracePeriodSeconds: " + says, "").grace())
                .isEqualTo(Duration.ofSeconds(seconds));
    }

    /** A pod may have a mebibyte of each, and a tenant as many such pods as its quota allows. */
    @Test
    void ofAPodNoMoreIsKeptThanAPodNeeds() {
        String gate = "schedulingGates: [{name: portclaim.io/ports}], ";
        String term = "{matchExpressions: [{key: a, operator: Exists}]}";
        String affinity = gate
                + "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [%s]}}}";
        assertThat(read("", affinity.formatted(term), "").placement().isTooLong())
                .isFalse();
        PodPlacement many = read("", affinity.formatted(String.join(", ", Collections.nCopies(1000, term))), "")
                .placement();
        assertThat(many).isEqualTo(PodPlacement.TOO_LONG);
        String labels = IntStream.range(0, 1000)
                .mapToObj(i -> "label-number-" + i + ": x")
                .collect(joining(", "));
        assertThat(read("", gate + "nodeSelector: {" + labels + "}", "").placement())
                .isEqualTo(PodPlacement.TOO_LONG);
        String variables = IntStream.range(0, 1000)
                .mapToObj(
                        "{name: V, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['port.portclaim.io/p%d']\"}}}"
                                ::formatted)
                .collect(joining(", "));
        assertThat(read("", "containers: [{name: a, env: [" + variables + "]}]", "")
                        .reads())
                .hasSize(65);
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
