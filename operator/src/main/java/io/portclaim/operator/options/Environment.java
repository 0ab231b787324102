package io.portclaim.operator.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the process finds around it.
 *
 * @param variables the environment variables
 * @param namespaceFile where a pod finds the name of its namespace; it need not exist
 */
public record Environment(Map<String, String> variables, Path namespaceFile) {
    // Fixed by the kubelet for every pod that mounts a service account's token.
    private static final Path SERVICE_ACCOUNT_NAMESPACE =
            Path.of("/var/run/secrets/kubernetes.io/serviceaccount/namespace");

    /** Copies the variables. */
    public Environment {
        variables = Map.copyOf(variables);
    }

    /** This process's own surroundings. */
    public static Environment ofProcess() {
        return new Environment(System.getenv(), SERVICE_ACCOUNT_NAMESPACE);
    }

    /** A variable's value; a variable that is set to nothing counts as unset, for templates write such. */
    Optional<String> variable(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    /** The pod's own namespace, if this is a pod. */
    Optional<String> podNamespace() {
        try {
            return Optional.of(Files.readString(namespaceFile).strip()).filter(name -> !name.isEmpty());
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
