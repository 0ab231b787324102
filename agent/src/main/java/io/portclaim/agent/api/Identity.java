package io.portclaim.agent.api;

import io.portclaim.agent.report.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/**
 * Who an agent is, as its service account's token says: the API server has signed it for this pod on this node (KEP-4193,
 * KEP-1205), and holds what the agent writes against the same claims.
 *
 * @param reporter its pod
 * @param node its node's name
 * @param nodeUid its node's UID
 */
public record Identity(Report.Reporter reporter, String node, String nodeUid) {
    private static final String CLAIM = "kubernetes.io";

    /**
     * Reads the claims of a token; its signature is the API server's business.
     *
     * @throws IOException if it is no such token, or names no node; the message says what would work
     */
    public static Identity of(String token) throws IOException {
        String[] parts = token.strip().split("\\.", -1);
        if (parts.length != 3) {
            throw new IOException(
                    "this is no service account's token: a JWT has three parts, and it has " + parts.length);
        }
        Map<String, Object> claims;
        try {
            String payload = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
            claims = Json.object(Json.read(payload), CLAIM);
        } catch (IllegalArgumentException e) {
            throw new IOException("this is no service account's token: its second part is not base64url", e);
        }
        Map<String, Object> pod = Json.object(claims, "pod");
        Map<String, Object> node = Json.object(claims, "node");
        if (node.isEmpty()) {
            throw new IOException(
                    "the service account's token names no node; tokens of pods do so from Kubernetes 1.30 on");
        }
        return new Identity(
                new Report.Reporter(Json.text(claims, "namespace"), Json.text(pod, "name"), Json.text(pod, "uid")),
                Json.text(node, "name"),
                Json.text(node, "uid"));
    }
}
