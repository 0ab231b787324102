package io.portclaim.operator.kube;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
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

    private final Deque<NeededFields> open = new ArrayDeque<>();
    private @Nullable NeededFields next;
    private final DataDigest digest = new DataDigest();
    private String key = "";
    private boolean inData;
    private boolean isCut;
    private int skipped;

    /**
     * Keeps of each item what {@code item} says.
     *
     * @param digestsData whether the field {@code data}, as ConfigMaps have it, becomes {@link LeanLists#DIGEST} with a digest of it,
     *     beside {@link LeanLists#CUT} where labels or annotations were left out
     */
    LeanJson(NeededFields item, boolean digestsData) throws IOException {
        this.list = NeededFields.allBut("items", item);
        this.next = list;
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

    private static int depth(JsonToken token) {
        return token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
    }

    private void copy(JsonToken token) throws IOException {
        if (token == JsonToken.FIELD_NAME) {
            enter(parser.currentName());
        } else if (token.isStructEnd()) {
            leave();
        } else if (isUnneeded()) {
            skipped = depth(token);
        } else {
            if (token.isStructStart()) {
                open.push(here());
            }
            out.copyCurrentEvent(parser);
        }
    }

    private boolean isItem() {
        return open.size() == DEPTH_OF_ITEM && out.getOutputContext().inObject();
    }

    private void enter(String name) throws IOException {
        if (digestsData && isItem() && name.equals("data")) {
            inData = true;
            return;
        }
        next = open.element().of(name);
        if (next != null) {
            out.writeFieldName(name);
        } else if (open.size() > DEPTH_OF_ITEM + 1) {
            // A label or an annotation: of metadata itself, what is left out is nothing that a write would have to
            // keep.
            isCut = true;
        }
    }

    private void leave() throws IOException {
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
        out.copyCurrentEvent(parser);
    }

    private boolean isUnneeded() {
        return !out.getOutputContext().inArray() && next == null;
    }

    /** What is needed of the value that comes now. */
    private NeededFields here() {
        return out.getOutputContext().inArray() || next == null ? open.element() : next;
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
