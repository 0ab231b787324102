package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.PortGrant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodAnnotationsTest {
    @Test
    void whatIsWrittenIsRead() {
        List<PortGrant> grants = List.of(
                new PortGrant("http", TransportProtocol.TCP, 21080, 1),
                new PortGrant("game", TransportProtocol.TCPUDP, 21090, 4));

        assertThat(PodAnnotations.of(grants))
                .containsEntry("port.portclaim.io/http", "21080")
                .containsEntry("port.portclaim.io/game", "21090")
                .containsEntry("port-end.portclaim.io/game", "21093")
                .doesNotContainKey("port-end.portclaim.io/http");
        assertThat(PodAnnotations.parse(PodAnnotations.of(grants))).isEqualTo(grants);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "[null]",
                "{}",
                "no JSON",
                "[{\"name\":\"http\"}]",
                "[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":0}]",
                "[{\"name\":\"$(rm)\",\"protocol\":\"TCP\",\"port\":1}]"
            })
    void whatCannotBePortsIsNone(String text) {
        assertThat(PodAnnotations.parse(Map.of("portclaim.io/ports", text))).isEmpty();
    }

    /** Kept for each pod, and whoever may create pods may write it where no policy is. */
    @Test
    void moreThanAClaimMayHaveAreNone() {
        List<PortGrant> grants = IntStream.rangeClosed(1, 65)
                .mapToObj(i -> new PortGrant("p" + i, TransportProtocol.TCP, i, 1))
                .toList();
        assertThat(PodAnnotations.parse(PodAnnotations.of(grants.subList(0, 64))))
                .hasSize(64);
        assertThat(PodAnnotations.parse(PodAnnotations.of(grants))).isEmpty();
    }

    @Test
    void withoutTheAnnotationThereAreNone() {
        assertThat(PodAnnotations.parse(Map.of("port.portclaim.io/http", "21080")))
                .isEmpty();
    }
}
