package io.portclaim.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import org.junit.jupiter.api.Test;

class CredentialsTest {
    @Test
    void aCertificateAloneIsCertificateOnly() {
        assertThat(Credentials.areCertificateOnly(
                        config().withClientCertData("cert").build()))
                .isTrue();
        assertThat(Credentials.areCertificateOnly(
                        config().withClientCertFile("/a/file").build()))
                .isTrue();
    }

    @Test
    void whatMayHaveATokenIsNot() {
        assertThat(Credentials.areCertificateOnly(config().build())).isFalse();
        assertThat(Credentials.areCertificateOnly(
                        config().withOauthToken("token").build()))
                .isFalse();
        assertThat(Credentials.areCertificateOnly(config().withClientCertData("cert")
                        .withOauthTokenProvider(() -> "token")
                        .build()))
                .isFalse();
        Config inPod = config().withClientCertData("cert").build();
        inPod.setAutoOAuthToken("token");
        assertThat(Credentials.areCertificateOnly(inPod)).isFalse();
    }

    private static ConfigBuilder config() {
        return new ConfigBuilder(Config.empty());
    }
}
