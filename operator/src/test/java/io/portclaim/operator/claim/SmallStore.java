package io.portclaim.operator.claim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.ledger.FakeLedger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@link SmallApi} keeps: claims, ConfigMaps and the ledger, with their versions, lists in pages, and writes that are
 * refused where UID or version differ. Thread-safe.
 */
final class SmallStore {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern LIMIT = Pattern.compile("limit=(\\d+)");
    private static final Pattern CONTINUE = Pattern.compile("continue=(\\d+)");

    private final FakeLedger ledger = new FakeLedger();
    /** By path. */
    private final NavigableMap<String, ObjectNode> objects = new TreeMap<>();

    /** The paths of what lists have delivered. */
    private final Set<String> listed = new HashSet<>();

    private long version = 1000;
    private boolean isGoing;

    /** What goes back. */
    record Answer(int code, String body) {}

    /** Puts the claim there, at a new version if it has none, and returns it as it is there. */
    synchronized PortClaim put(PortClaim claim) {
        String path = path(
                "portclaims",
                claim.getMetadata().getNamespace(),
                claim.getMetadata().getName());
        store(path, tree(Samples.YAML.asJson(claim)));
        return claim(claim.getMetadata().getName()).orElseThrow();
    }

    synchronized void put(ConfigMap map) {
        String path = path(
                "configmaps",
                map.getMetadata().getNamespace(),
                map.getMetadata().getName());
        store(path, tree(Samples.YAML.asJson(map)));
    }

    /** Deletes the claim of the namespace shop. */
    synchronized void deleteClaim(String name) {
        objects.remove(path("portclaims", Samples.WEB.namespace(), name));
    }

    /** Deletes the ConfigMap of the namespace shop. */
    synchronized void deleteMap(String name) {
        objects.remove(path("configmaps", Samples.WEB.namespace(), name));
    }

    /** Has every namespace be deleted from now on, or exist again: in one that is going nothing can be created. */
    synchronized void setGoing(boolean isGoing) {
        this.isGoing = isGoing;
    }

    /** The claim of the namespace shop as it is now. */
    synchronized Optional<PortClaim> claim(String name) {
        return Optional.ofNullable(objects.get(path("portclaims", Samples.WEB.namespace(), name)))
                .map(found -> Samples.YAML.unmarshal(found.toString(), PortClaim.class));
    }

    /** The ConfigMap of the namespace shop as it is now. */
    synchronized Optional<ConfigMap> map(String name) {
        return Optional.ofNullable(objects.get(path("configmaps", Samples.WEB.namespace(), name)))
                .map(found -> Samples.YAML.unmarshal(found.toString(), ConfigMap.class));
    }

    /** How many objects of {@code kind}, such as portclaims, were delivered in whole by lists. */
    synchronized long listed(String kind) {
        return listed.stream().filter(path -> path.contains("/" + kind + "/")).count();
    }

    private static String path(String kind, String namespace, String name) {
        return (kind.equals("configmaps") ? "/api/v1" : PortClaimApi.PATH) + "/namespaces/" + namespace + "/" + kind
                + "/" + name;
    }

    private static ObjectNode tree(String text) {
        try {
            return (ObjectNode) JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ObjectNode store(String path, ObjectNode object) {
        object.withObject("metadata").put("resourceVersion", String.valueOf(++version));
        objects.put(path, object);
        return object;
    }

    synchronized Answer answer(String method, String uri, String body) {
        String path = uri.replaceFirst("\\?.*", "");
        if (path.startsWith(SmallApi.LEDGER)) {
            FakeLedger.Reply reply = ledger.handle(new FakeLedger.Request(method, path, body));
            return new Answer(reply.code(), reply.body());
        }
        return switch (method) {
            case "GET" ->
                path.equals(SmallApi.CLAIMS) || path.equals(SmallApi.MAPS) || path.equals(SmallApi.PODS)
                        ? list(path, uri)
                        : get(path);
            case "POST" -> create(path, tree(body));
            case "PUT" -> replace(path, tree(body));
            case "DELETE" -> delete(path, tree(body).path("preconditions"));
            default -> failure(405, "MethodNotAllowed", path);
        };
    }

    private Answer list(String path, String uri) {
        String kind = path.substring(path.lastIndexOf('/'));
        List<String> all =
                objects.keySet().stream().filter(at -> at.contains(kind + "/")).toList();
        int from = number(CONTINUE, uri, 0);
        int to = Math.min(all.size(), from + number(LIMIT, uri, all.size()));
        ObjectNode list = JSON.createObjectNode();
        ObjectNode metadata = list.putObject("metadata").put("resourceVersion", String.valueOf(version));
        if (to < all.size()) {
            metadata.put("continue", String.valueOf(to));
        }
        ArrayNode items = list.putArray("items");
        all.subList(from, to).forEach(at -> items.add(objects.get(at)));
        if (SmallApi.listsClaims("GET " + uri) || SmallApi.listsMaps("GET " + uri)) {
            listed.addAll(all.subList(from, to));
        }
        return new Answer(200, list.toString());
    }

    private static int number(Pattern pattern, String text, int otherwise) {
        Matcher found = pattern.matcher(text);
        return found.find() ? Integer.parseInt(found.group(1)) : otherwise;
    }

    private Answer get(String path) {
        ObjectNode found = objects.get(path);
        return found == null ? failure(404, "NotFound", path) : new Answer(200, found.toString());
    }

    private Answer create(String collection, ObjectNode object) {
        String path = collection + "/" + object.at("/metadata/name").asText();
        if (collection.endsWith("/events")) {
            return new Answer(201, object.toString());
        }
        if (isGoing) {
            return failure(403, "NamespaceTerminating", path);
        }
        if (objects.containsKey(path)) {
            return failure(409, "AlreadyExists", path);
        }
        object.withObject("metadata").put("uid", UUID.randomUUID().toString());
        return new Answer(201, store(path, object).toString());
    }

    private Answer replace(String path, ObjectNode object) {
        boolean status = path.endsWith("/status");
        String own = status ? path.substring(0, path.length() - "/status".length()) : path;
        ObjectNode found = objects.get(own);
        if (found == null) {
            return failure(404, "NotFound", own);
        }
        if (differs(found, object.path("metadata"))) {
            return failure(409, "Conflict", own);
        }
        ObjectNode next = status ? found.deepCopy() : object;
        if (status) {
            next.set("status", object.path("status"));
        }
        return new Answer(200, store(own, next).toString());
    }

    private Answer delete(String path, JsonNode preconditions) {
        ObjectNode found = objects.get(path);
        if (found == null) {
            return failure(404, "NotFound", path);
        }
        if (differs(found, preconditions)) {
            return failure(409, "Conflict", path);
        }
        objects.remove(path);
        return new Answer(200, "{}");
    }

    private static boolean differs(ObjectNode found, JsonNode expected) {
        return List.of("uid", "resourceVersion").stream()
                .anyMatch(field -> expected.hasNonNull(field)
                        && !expected.path(field).equals(found.path("metadata").path(field)));
    }

    static Answer failure(int code, String reason, String path) {
        return new Answer(code, Samples.failure(reason, path.substring(path.lastIndexOf('/') + 1)));
    }
}
