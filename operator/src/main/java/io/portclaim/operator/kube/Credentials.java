package io.portclaim.operator.kube;

import io.fabric8.kubernetes.client.Config;

/** What a client proves its identity with. */
final class Credentials {
    private Credentials() {}

    /** Whether there is a client certificate and nothing that could ever give a token. */
    static boolean areCertificateOnly(Config config) {
        return (config.getClientCertData() != null || config.getClientCertFile() != null)
                && config.getOauthToken() == null
                && config.getAutoOAuthToken() == null
                && config.getOauthTokenProvider() == null
                && config.getAuthProvider() == null;
    }
}
