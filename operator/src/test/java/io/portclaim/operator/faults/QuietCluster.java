package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What must hold once nothing happens any more, read by quorum lists: status and ConfigMap agree, each claim's phase and
 * conditions agree with its ports, no slot is held twice, and who waits for a port waits for a reason.
 */
final class QuietCluster {
    private final List<PortClaim> claims;
    private final Map<String, ConfigMap> maps;
    private final Map<String, PortPool> pools;
    private final Map<String, Node> nodes;
    private final Set<Grant.Slot> taken = new HashSet<>();
    private final List<String> problems = new ArrayList<>();

    private QuietCluster(KubernetesClient client) {
        claims = client.resources(PortClaim.class).inAnyNamespace().list().getItems();
        maps = byName(client.configMaps().inAnyNamespace().list().getItems());
        pools = byName(client.resources(PortPool.class).list().getItems());
        nodes = byName(client.nodes().list().getItems());
    }

    private static <T extends HasMetadata> Map<String, T> byName(List<T> objects) {
        return objects.stream().collect(Collectors.toMap(QuietCluster::name, Function.identity()));
    }

    private static String name(HasMetadata object) {
        String namespace = object.getMetadata().getNamespace();
        return (namespace == null ? "" : namespace + "/") + object.getMetadata().getName();
    }

    /** What does not hold; empty is good. What was judged up to now says what pods may have read. */
    static List<String> problems(KubernetesClient client, InvariantsChecker judged) {
        QuietCluster cluster = new QuietCluster(client);
        Map<Grant.Slot, String> holders = new HashMap<>();
        cluster.claims.forEach(claim -> cluster.holdsAlone(claim, holders));
        List<PortClaim> quiet = cluster.claims.stream()
                .filter(claim -> !judged.isHostile(claim.getMetadata().getNamespace()))
                .toList();
        quiet.forEach(cluster::agrees);
        cluster.taken.addAll(holders.keySet());
        cluster.taken.addAll(judged.readable());
        client.pods().inAnyNamespace().list().getItems().stream()
                .filter(pod -> !Surroundings.hasEnded(pod))
                .forEach(pod -> cluster.taken.addAll(Surroundings.declared(pod)));
        client.services()
                .inAnyNamespace()
                .list()
                .getItems()
                .forEach(service -> cluster.taken.addAll(Surroundings.declared(service)));
        quiet.forEach(cluster::waitsForAReason);
        cluster.problems.addAll(judged.outlivingTheirClaim());
        return cluster.problems;
    }

    private void agrees(PortClaim claim) {
        PortClaimStatus status = claim.getStatus();
        if (status == null
                || !Objects.equals(
                        status.observedGeneration(), claim.getMetadata().getGeneration())) {
            problem(claim, "its status does not speak of its generation");
            return;
        }
        Published published = Published.in(claim.getSpec().scope(), status);
        conditionsAgree(claim, status, published);
        mapAgrees(claim, status, published);
    }

    private void holdsAlone(PortClaim claim, Map<Grant.Slot, String> holders) {
        Published published = Published.in(claim.getSpec().scope(), claim.getStatus());
        for (Grant.Slot slot : published.slots()) {
            meeting(slot)
                    .map(holders::get)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .ifPresent(other -> problem(claim, slot + " is also held by " + other));
        }
        published.slots().forEach(slot -> {
            holders.put(slot, name(claim));
            holders.put(new Grant.Slot("any", slot.protocol(), slot.port()), name(claim));
        });
    }

    /** Where a holder would be in the way of {@code slot}. */
    private static Stream<Grant.Slot> meeting(Grant.Slot slot) {
        return Stream.of(slot.place(), slot.place().equals(Grant.EVERYWHERE) ? "any" : Grant.EVERYWHERE)
                .map(place -> new Grant.Slot(place, slot.protocol(), slot.port()));
    }

    private void conditionsAgree(PortClaim claim, PortClaimStatus status, Published published) {
        boolean ready = is(status, "Ready");
        if (ready != (status.phase() == Phase.BOUND)) {
            problem(claim, "phase and Ready differ: " + status);
        }
        if (ready && !(is(status, "Assigned") && is(status, "Published"))) {
            problem(claim, "Ready without Assigned and Published: " + status);
        }
        Set<String> wanted = wanted(claim);
        // Where none of its nodes matches any more, it keeps what it has there, and lacks nothing.
        Set<String> where = wanted.isEmpty() ? published.byPlace().keySet() : wanted;
        boolean complete =
                !where.isEmpty() && where.stream().allMatch(place -> meets(claim.getSpec(), published.at(place)));
        if (ready
                && !complete
                && pool(claim).isPresent()
                && !published.byPlace().keySet().stream().allMatch(this::isAbsent)) {
            problem(claim, "Ready and has not what it asks for on %s: %s".formatted(wanted, published));
        }
        if (!ready
                && complete
                && is(status, "Published")
                && published.byPlace().keySet().equals(wanted)) {
            problem(claim, "has all that it asks for and is not Ready: " + status);
        }
    }

    private boolean isAbsent(String place) {
        return !nodes.containsKey(place);
    }

    private static boolean meets(PortClaimSpec spec, Map<String, Grant> grants) {
        return grants.size() == spec.ports().size()
                && spec.ports().stream().allMatch(port -> {
                    Grant grant = grants.get(port.name());
                    return grant != null
                            && grant.transport().equals(port.protocol().name())
                            && grant.last() - grant.first() + 1 == port.count()
                            && (port.port() == null || port.port() == grant.first());
                });
    }

    private Set<String> wanted(PortClaim claim) {
        PortClaimSpec spec = claim.getSpec();
        PortPool pool = pool(claim).orElse(null);
        if (spec.scope() == Scope.CLUSTER) {
            return Set.of(Grant.EVERYWHERE);
        }
        return nodes.values().stream()
                .filter(node -> pool == null || Ports.selects(pool.getSpec().nodeSelector(), node))
                .filter(node -> spec.nodeName() == null
                        || spec.nodeName().equals(node.getMetadata().getName()))
                .filter(node -> Ports.selects(spec.nodeSelector(), node))
                .map(node -> node.getMetadata().getName())
                .collect(Collectors.toSet());
    }

    private Optional<PortPool> pool(PortClaim claim) {
        PortClaimStatus status = claim.getStatus();
        return Optional.ofNullable(status == null ? null : status.poolName()).map(pools::get);
    }

    private void mapAgrees(PortClaim claim, PortClaimStatus status, Published published) {
        String mapName = Objects.requireNonNullElse(
                claim.getSpec().configMapName(), claim.getMetadata().getName() + "-ports");
        ConfigMap map = maps.get(claim.getMetadata().getNamespace() + "/" + mapName);
        boolean own = map != null
                && map.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> claim.getMetadata().getUid().equals(owner.getUid()));
        if (map != null && !own) {
            if (!published.byPlace().isEmpty() && is(status, "Published")) {
                problem(claim, "Published, and ConfigMap %s is not its own".formatted(mapName));
            }
            return;
        }
        if (reason(status, "Published").equals("ConfigMapConflict")) {
            return; // The other ConfigMap is gone since a moment ago; it is looked at every 30 s.
        }
        Published said = Published.in(claim.getSpec().scope(), map);
        if (!said.equals(published)) {
            problem(claim, "its ConfigMap says %s and its status %s".formatted(said, published));
        }
        if (!published.byPlace().isEmpty() && !is(status, "Published")) {
            problem(claim, "its ConfigMap stands and it is not Published: " + status);
        }
    }

    private void waitsForAReason(PortClaim claim) {
        PortClaimStatus status = claim.getStatus();
        PortClaimSpec spec = claim.getSpec();
        PortPool pool = pool(claim).orElse(null);
        boolean onePlace = spec.scope() == Scope.CLUSTER || spec.nodeName() != null;
        if (status == null
                || pool == null
                || !onePlace
                || !reason(status, "Ready").equals("PoolExhausted")) {
            return;
        }
        PortRequest port = spec.ports().get(0);
        boolean alike = spec.ports().stream()
                .allMatch(other -> other.port() == null && other.count() == 1 && other.protocol() == port.protocol());
        if (alike || (spec.ports().size() == 1 && port.port() == null)) {
            List<Integer> free = free(pool, spec, port);
            if (free.size() >= spec.ports().size()) {
                problem(claim, "waits for any ports and these are free: " + free);
            }
        }
    }

    /** The first numbers of all blocks that {@code port} could have. */
    private List<Integer> free(PortPool pool, PortClaimSpec spec, PortRequest port) {
        String place = spec.nodeName() == null ? Grant.EVERYWHERE : spec.nodeName();
        BitSet usable = Ports.usable(pool, nodes.get(place));
        if (spec.scope() == Scope.CLUSTER) {
            nodes.values().stream()
                    .filter(node -> Ports.selects(pool.getSpec().nodeSelector(), node))
                    .forEach(node -> usable.and(Ports.usable(pool, node)));
        }
        return usable.stream()
                .mapToObj(first -> new Grant(port.protocol().name(), first, first + port.count() - 1))
                .filter(block -> block.numbers().allMatch(usable::get))
                .filter(block -> taken.stream().noneMatch(slot -> Surroundings.meets(slot, place, block)))
                .map(Grant::first)
                .toList();
    }

    private static boolean is(PortClaimStatus status, String type) {
        return condition(status, type)
                .filter(found -> found.status().equals("True"))
                .isPresent();
    }

    private static String reason(PortClaimStatus status, String type) {
        return condition(status, type).map(Condition::reason).orElse("");
    }

    private static Optional<Condition> condition(PortClaimStatus status, String type) {
        return Objects.requireNonNullElse(status.conditions(), List.<Condition>of()).stream()
                .filter(condition -> condition.type().equals(type))
                .findFirst();
    }

    private void problem(PortClaim claim, String what) {
        problems.add("PortClaim %s: %s".formatted(name(claim), what));
    }
}
