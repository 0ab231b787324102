package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The lines of a written history that say what users do with claims, their ConfigMaps and the pods that read these. */
final class ScriptedClaims {
    private final ScriptedHistory history;
    private final SimulatedCluster cluster;
    private final Map<String, SimulatedPod> pods = new HashMap<>();
    private final Map<String, StoredMap> backups = new HashMap<>();

    private ScriptedClaims(ScriptedHistory history) {
        this.history = history;
        this.cluster = history.cluster();
    }

    static void addTo(ScriptedHistory history) {
        ScriptedClaims claims = new ScriptedClaims(history);
        claims.addClaims();
        claims.addMaps();
        claims.addStatements();
    }

    private void addClaims() {
        history.say(
                "create (\\S+) on (.+): (.+)",
                words -> cluster.create(key(words.group(1)), spec(words.group(2), words.group(3))));
        history.say(
                "edit (\\S+) on (.+): (.+)",
                words -> cluster.edit(claim(words.group(1)), spec(words.group(2), words.group(3))));
        history.say("delete (\\S+)", words -> cluster.delete(claim(words.group(1))));
        history.say(
                "the status of (\\S+) is forged from (\\S+)",
                words -> cluster.forgeStatus(claim(words.group(1)), claim(words.group(2))));
    }

    private void addMaps() {
        history.say(
                "edit ConfigMap (\\S+): (\\S+)=(\\S+)",
                words -> cluster.maps().edit(map(words.group(1)), Map.of(words.group(2), words.group(3))));
        history.say("delete ConfigMap (\\S+)", words -> cluster.maps().delete(map(words.group(1)), "a user"));
        history.say("ConfigMap (\\S+) is backed up", words -> backups.put(words.group(1), map(words.group(1))));
        history.say(
                "ConfigMap (\\S+) is restored",
                words -> cluster.maps().restore(Objects.requireNonNull(backups.get(words.group(1)))));
        history.say(
                "ConfigMap (\\S+) is restored without its owner",
                words -> cluster.maps()
                        .restore(Objects.requireNonNull(backups.get(words.group(1)))
                                .in(key(words.group(1)).namespace(), false)));
        history.say(
                "pod (\\S+) on (\\S+) reads (\\S+)", words -> readMap(words.group(1), words.group(2), words.group(3)));
        history.say("pod (\\S+) ends", words -> endPod(words.group(1)));
    }

    private void addStatements() {
        history.say("all is settled", words -> cluster.checkSettled());
        history.say("(\\S+) must have ports", words -> requirePorts(words.group(1)));
        history.say(
                "(\\S+) must have (\\S+)=(\\d+)",
                words -> requireNumber(words.group(1), words.group(2), Integer.parseInt(words.group(3))));
        history.say("(\\S+) has no ports", words -> history.require(words.group(), !hasPorts(words.group(1))));
        history.say("(\\S+) has ports", words -> history.require(words.group(), hasPorts(words.group(1))));
    }

    /** What a claim waits for has leaked. */
    private void requirePorts(String name) {
        if (!hasPorts(name)) {
            history.fail("%s has no ports: %s".formatted(name, claim(name).status()));
        }
    }

    /** What was promised to a claim went to nobody, or to another. */
    private void requireNumber(String name, String port, int number) {
        boolean has = Invariants.numbers(claim(name)).entrySet().stream()
                .anyMatch(held -> held.getKey().name().equals(port) && held.getValue() == number);
        if (!has) {
            history.fail("%s has not got %s=%d: %s".formatted(name, port, number, Invariants.numbers(claim(name))));
        }
    }

    private static ClaimKey key(String name) {
        return new ClaimKey("n", name);
    }

    private Claim claim(String name) {
        return cluster.claim(key(name)).orElseThrow();
    }

    private StoredMap map(String name) {
        return cluster.maps().get(key(name + "-ports")).orElseThrow();
    }

    private boolean hasPorts(String name) {
        return cluster.claim(key(name))
                .filter(claim -> !Invariants.numbers(claim).isEmpty())
                .isPresent();
    }

    /** {@code ports} are names, each with its number where one is requested: {@code http admin=1001}. */
    private static PortClaimSpec spec(String place, String ports) {
        String scope = switch (place) {
            case "every node with one number" -> "Cluster";
            case "each node" -> "Node";
            case "each pod" -> "Pod";
            default -> "Node, nodeName: " + place;
        };
        String requests = Stream.of(ports.split(" "))
                .map(port -> "{name: " + port.replace("=", ", port: ") + "}")
                .collect(Collectors.joining(", "));
        return Users.spec("{poolName: main, scope: %s, ports: [%s]}".formatted(scope, requests));
    }

    private void readMap(String name, String node, String claim) {
        SimulatedPod pod = cluster.createPod(node, map(claim));
        pods.put(name, pod);
        history.operators().forEach(operator -> operator.hearOfPod(news -> news.podCreated(pod)));
    }

    private void endPod(String name) {
        SimulatedPod pod = Objects.requireNonNull(pods.remove(name), name);
        cluster.endPod(pod);
        history.operators().forEach(operator -> operator.hearOfPod(news -> news.podEnded(pod)));
    }
}
