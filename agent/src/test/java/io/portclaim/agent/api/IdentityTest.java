package io.portclaim.agent.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class IdentityTest {
    private static String token(String claims) {
        return "e30." + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(StandardCharsets.UTF_8))
                + ".c2ln\n";
    }

    @Test
    void readsPodAndNode() throws IOException {
        Identity identity = Identity.of(token("""
                {"aud":["https://kubernetes.default.svc"],"exp":1,"kubernetes.io":{"namespace":"portclaim",
                "node":{"name":"node-a","uid":"node-uid"},"pod":{"name":"agent-x","uid":"pod-uid"},
                "serviceaccount":{"name":"agent","uid":"x"},"warnafter":2},"sub":"system:serviceaccount:portclaim:agent"}"""));
        assertThat(identity.node()).isEqualTo("node-a");
        assertThat(identity.nodeUid()).isEqualTo("node-uid");
        assertThat(identity.reporter().toString())
                .isEqualTo("Reporter[namespace=portclaim, name=agent-x, uid=pod-uid]");
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> Identity.of("abc"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("three parts");
        assertThatThrownBy(() -> Identity.of("a.%.c"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("base64url");
        assertThatThrownBy(() -> Identity.of(
                        "a." + Base64.getUrlEncoder().encodeToString("secret".getBytes(StandardCharsets.UTF_8)) + ".c"))
                .isInstanceOf(IOException.class)
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> Identity.of(token("{\"kubernetes.io\":{\"namespace\":\"n\"}}")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Kubernetes 1.30");
    }
}
