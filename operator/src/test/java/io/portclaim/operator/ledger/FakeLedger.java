package io.portclaim.operator.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The PortLedger's endpoint of an API server, in memory: the compare-and-swap that the real one does, and whatever may go
 * wrong on the way to it and back. Reach it through {@link FakeLedgerServer} (sockets) or {@link FakeLedgerClient} (calls).
 * Thread-safe.
 */
public final class FakeLedger {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String COLLECTION = PortClaimApi.PATH + "/portledgers";

    private final Deque<Fault> writeFaults = new ArrayDeque<>();
    private final Deque<Fault> readFaults = new ArrayDeque<>();
    private final List<Late> late = new ArrayList<>();
    private final List<Applied> applied = new ArrayList<>();
    private final List<Request> writes = new ArrayList<>();
    private Supplier<Fault> chaos = () -> Fault.NONE;
    private @Nullable PortLedgerSpec spec;
    private long version = 100;
    private long reads;

    /** A request as it came in. */
    public record Request(String method, String path, String body) {}

    /** What goes back. */
    public record Reply(int code, String body) {}

    /** A write that was carried out: what it found and what it left. */
    public record Applied(@Nullable String before, PortLedgerSpec spec, String version) {}

    private record Late(Request request, int requestsLeft) {}

    /** What befalls one request. */
    public sealed interface Fault {
        Fault NONE = new None();

        /** Nothing. */
        record None() implements Fault {}

        /** It is not carried out, and this is the answer. */
        record Answer(int code, String body) implements Fault {}

        /** The connection is cut, before or after the request is carried out. */
        record Cut(boolean carriedOut) implements Fault {}

        /** The connection is cut, and the request is carried out after so many later ones. */
        record Later(int requests) implements Fault {}

        /** The request stands still until the latch opens, then is carried out and answered to whoever still listens. */
        record Hold(CountDownLatch arrived, CountDownLatch open) implements Fault {}
    }

    /** A Status with this code, as the API server words it. */
    public static Fault status(int code, String reason, String message) {
        return new Fault.Answer(code, """
                {"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":"%s","message":"%s"}""".formatted(code, reason, message));
    }

    /** What befalls the next writes, one each. */
    public synchronized void nextWrites(Fault... faults) {
        writeFaults.addAll(List.of(faults));
    }

    /** What befalls the next reads, one each. */
    public synchronized void nextReads(Fault... faults) {
        readFaults.addAll(List.of(faults));
    }

    /** What befalls every request for which nothing else was said. */
    public synchronized void chaos(Supplier<Fault> source) {
        chaos = source;
    }

    /** The fault of a request that just came in. */
    synchronized Fault fault(Request request) {
        boolean read = request.method().equals("GET");
        if (read) {
            reads++;
        } else {
            writes.add(request);
        }
        Fault next = (read ? readFaults : writeFaults).poll();
        return next == null ? chaos.get() : next;
    }

    /** Carries the request out some requests later. */
    synchronized void postpone(Request request, int requests) {
        late.add(new Late(request, requests));
    }

    /** Carries the request out. */
    public synchronized Reply handle(Request request) {
        Reply reply = apply(request);
        for (Late entry : List.copyOf(late)) {
            late.remove(entry);
            if (entry.requestsLeft <= 1) {
                apply(entry.request);
            } else {
                late.add(new Late(entry.request, entry.requestsLeft - 1));
            }
        }
        return reply;
    }

    private Reply apply(Request request) {
        try {
            return switch (request.method()) {
                case "GET" -> spec == null ? notFound() : found(200);
                case "POST" -> create(JSON.readTree(request.body()).path("spec"));
                case "PATCH" -> spec == null ? notFound() : patch(spec, JSON.readTree(request.body()));
                default -> reply(405, "MethodNotAllowed", "the server does not allow this method");
            };
        } catch (JsonProcessingException e) {
            return reply(400, "BadRequest", String.valueOf(e.getMessage()));
        }
    }

    private Reply create(JsonNode wanted) throws JsonProcessingException {
        if (spec != null) {
            return reply(409, "AlreadyExists", "portledgers.portclaim.io \"cluster\" already exists");
        }
        store(JSON.treeToValue(wanted, PortLedgerSpec.class));
        return found(201);
    }

    private Reply patch(PortLedgerSpec present, JsonNode operations) throws JsonProcessingException {
        ObjectNode object = (ObjectNode) JSON.readTree(json(present));
        for (JsonNode operation : operations) {
            String path = operation.path("path").asText();
            JsonNode value = operation.path("value");
            if (operation.path("op").asText().equals("test")) {
                if (!object.at(path).equals(value)) {
                    return reply(422, "Invalid", "the server rejected our request due to an error in our request");
                }
            } else {
                int parent = path.lastIndexOf('/');
                ((ObjectNode) object.at(path.substring(0, parent))).set(path.substring(parent + 1), value);
            }
        }
        String expected = object.at("/metadata/resourceVersion").asText();
        if (!expected.isEmpty() && !expected.equals(String.valueOf(version))) {
            return reply(
                    409,
                    "Conflict",
                    "Operation cannot be fulfilled on portledgers.portclaim.io: the object has been modified");
        }
        store(JSON.treeToValue(object.path("spec"), PortLedgerSpec.class));
        return found(200);
    }

    private void store(PortLedgerSpec next) {
        String before = spec == null ? null : spec.commitId();
        spec = next;
        version++;
        applied.add(new Applied(before, next, String.valueOf(version)));
    }

    private Reply found(int code) throws JsonProcessingException {
        if (spec == null) {
            return notFound();
        }
        return new Reply(code, json(spec));
    }

    private String json(PortLedgerSpec present) throws JsonProcessingException {
        ObjectNode object = JSON.createObjectNode().put("apiVersion", PortClaimApi.API_VERSION);
        object.put("kind", "PortLedger");
        object.putObject("metadata")
                .put("name", PortLedger.NAME)
                .put("uid", "ledger-uid")
                .put("resourceVersion", String.valueOf(version));
        object.set("spec", JSON.valueToTree(present));
        return JSON.writeValueAsString(object);
    }

    private static Reply notFound() {
        return reply(404, "NotFound", "portledgers.portclaim.io \"cluster\" not found");
    }

    private static Reply reply(int code, String reason, String message) {
        Fault.Answer answer = (Fault.Answer) status(code, reason, message.replace("\"", "\\\""));
        return new Reply(answer.code(), answer.body());
    }

    /** Puts the ledger back to a state it had, as an etcd restore does: its version counts on from there. */
    public synchronized void restore(PortLedgerSpec content, long atVersion) {
        spec = content;
        version = atVersion;
    }

    /** Forgets everything, as if it had just been made. */
    public synchronized void reset() {
        writeFaults.clear();
        readFaults.clear();
        late.clear();
        applied.clear();
        writes.clear();
        chaos = () -> Fault.NONE;
        spec = null;
        reads = 0;
    }

    /** Deletes the ledger. */
    public synchronized void delete() {
        spec = null;
        version++;
    }

    /** Writes something that is not the content, as a label is. */
    public synchronized void touch() {
        version++;
    }

    /** The ledger's content, if it exists. */
    public synchronized Optional<PortLedgerSpec> spec() {
        return Optional.ofNullable(spec);
    }

    /** The ledger's resourceVersion. */
    public synchronized long version() {
        return version;
    }

    /** All writes that were carried out, oldest first. */
    public synchronized List<Applied> applied() {
        return List.copyOf(applied);
    }

    /** All writes that came in, carried out or not, oldest first. */
    public synchronized List<Request> writes() {
        return List.copyOf(writes);
    }

    /** How many reads came in. */
    public synchronized long reads() {
        return reads;
    }
}
