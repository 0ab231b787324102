package io.portclaim.operator.kube;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import io.portclaim.operator.publish.DataDigest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies a Kubernetes list, piece by piece as it arrives, without the fields that nobody needs: no more of it is in memory than
 * one text and what is kept. Not thread-safe.
 */
final class LeanJson {
    private static final JsonFactory JSON = new JsonFactory();
    /** The list, its items, and one of these. */
    private static final int DEPTH_OF_ITEM = 3;

    private final NeededFields list;
    private final boolean digestsData;
    private final JsonParser parser;
    private final ByteArrayFeeder feeder;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final JsonGenerator out;

    private final Deque<Level> open = new ArrayDeque<>();
    /** The beginnings that were not written yet, outermost first: of an element of an array, and of what is in it. */
    private final List<Beginning> unwritten = new ArrayList<>();

    private @Nullable NeededFields next;
    private String nextName = "";
    private final DataDigest digest = new DataDigest();
    private String key = "";
    private boolean inData;
    private boolean isCut;
    private int skipped;
    private int items;
    private boolean isComplete;

    /** An object or array that has begun and not ended. */
    private record Level(NeededFields needed, boolean isArray) {}

    /**
     * Of an object.
     *
     * @param name of the field that it is the value of; null for an element of an array
     */
    private record Beginning(@Nullable String name) {}

    /**
     * Keeps of each item what {@code item} says.
     *
     * @param digestsData whether the field {@code data}, as ConfigMaps have it, becomes {@link LeanLists#DIGEST} with a digest of it,
     *     beside {@link LeanLists#CUT} where labels or annotations were left out
     */
    LeanJson(NeededFields item, boolean digestsData) throws IOException {
        this.list = NeededFields.allBut("items", item);
        this.digestsData = digestsData;
        this.parser = JSON.createNonBlockingByteArrayParser();
        this.feeder = (ByteArrayFeeder) parser.getNonBlockingInputFeeder();
        this.out = JSON.createGenerator(bytes);
    }

    /** Takes the next piece; the result is what can be said after it, and may be empty. */
    byte[] feed(byte[] piece) throws IOException {
        feeder.feedInput(piece, 0, piece.length);
        for (JsonToken token = parser.nextToken();
                token != null && token != JsonToken.NOT_AVAILABLE;
                token = parser.nextToken()) {
            if (skipped > 0) {
                skipped += depth(token);
            } else if (inData) {
                digest(token);
            } else {
                copy(token);
            }
        }
        out.flush();
        byte[] result = bytes.toByteArray();
        bytes.reset();
        return result;
    }

    /** How many items have come, as far as they were to be kept. */
    int items() {
        return items;
    }

    /** Whether the end of the list has come. */
    boolean isComplete() {
        return isComplete;
    }

    private static int depth(JsonToken token) {
        return token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
    }

    private void copy(JsonToken token) throws IOException {
        if (token == JsonToken.FIELD_NAME) {
            enter(parser.currentName());
        } else if (token.isStructEnd()) {
            leave();
        } else if (isInObject() && next == null) {
            skipped = depth(token);
        } else if (token.isStructStart()) {
            begin(token == JsonToken.START_ARRAY);
        } else {
            writeBeginnings();
            writeName();
            out.copyCurrentEvent(parser);
        }
    }

    private boolean isInObject() {
        return !open.isEmpty() && !open.element().isArray();
    }

    private boolean isItem() {
        return open.size() == DEPTH_OF_ITEM && isInObject();
    }

    private void enter(String name) {
        if (digestsData && isItem() && name.equals("data")) {
            inData = true;
            return;
        }
        next = open.element().needed().of(name);
        nextName = name;
        if (next == null && open.size() > DEPTH_OF_ITEM + 1) {
            // A label or an annotation: of metadata itself, what is left out is nothing that a write would have to
            // keep.
            isCut = true;
        }
    }

    /** An element of which nothing may be needed is written when something in it is: a tenant can make a hundred thousand of them. */
    private void begin(boolean isArray) throws IOException {
        boolean isElement = open.size() > DEPTH_OF_ITEM && !isInObject();
        NeededFields needed = open.isEmpty()
                ? list
                : isInObject() && next != null ? next : open.element().needed();
        if (!isArray && needed.isChosen() && (isElement || !unwritten.isEmpty())) {
            unwritten.add(new Beginning(isInObject() ? nextName : null));
        } else {
            writeBeginnings();
            writeName();
            out.copyCurrentEvent(parser);
        }
        open.push(new Level(needed, isArray));
    }

    private void writeBeginnings() throws IOException {
        for (Beginning beginning : unwritten) {
            if (beginning.name() != null) {
                out.writeFieldName(beginning.name());
            }
            out.writeStartObject();
        }
        unwritten.clear();
    }

    private void writeName() throws IOException {
        if (isInObject()) {
            out.writeFieldName(nextName);
        }
    }

    private void leave() throws IOException {
        items += isItem() ? 1 : 0;
        isComplete = open.size() == 1;
        if (digestsData && isItem()) {
            out.writeObjectFieldStart("data");
            out.writeStringField(LeanLists.DIGEST, digest.finish());
            if (isCut) {
                out.writeStringField(LeanLists.CUT, "");
            }
            out.writeEndObject();
            isCut = false;
        }
        open.pop();
        if (unwritten.isEmpty()) {
            out.copyCurrentEvent(parser);
        } else {
            unwritten.remove(unwritten.size() - 1);
        }
    }

    private void digest(JsonToken token) throws IOException {
        if (token == JsonToken.FIELD_NAME) {
            key = parser.currentName();
        } else if (token == JsonToken.VALUE_STRING) {
            digest.add(key, parser.getText());
        } else {
            inData = token == JsonToken.START_OBJECT;
        }
    }
}
