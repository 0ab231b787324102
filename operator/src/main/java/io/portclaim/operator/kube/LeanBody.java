package io.portclaim.operator.kube;

import io.fabric8.kubernetes.client.http.AsyncBody;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list on its way, compressed or not, of which {@link LeanJson} passes on what is needed. What is no JSON, as an error may be, passes as
 * it is. Its pieces come one after the other.
 */
final class LeanBody implements AsyncBody.Consumer<List<ByteBuffer>> {
    private final NeededFields needed;
    private final boolean digestsData;
    private final PageSizes.Budget budget;
    private final AsyncBody.Consumer<List<ByteBuffer>> next;
    private @Nullable Gunzip gunzip;
    private @Nullable LeanJson json;
    private boolean hasBegun;
    private boolean isOther;

    LeanBody(
            NeededFields needed,
            boolean digestsData,
            PageSizes.Budget budget,
            AsyncBody.Consumer<List<ByteBuffer>> next) {
        this.needed = needed;
        this.digestsData = digestsData;
        this.budget = budget;
        this.next = next;
    }

    @Override
    public void consume(List<ByteBuffer> pieces, AsyncBody body) throws Exception {
        List<ByteBuffer> lean = new ArrayList<>(pieces.size());
        for (ByteBuffer piece : pieces) {
            if (piece.hasRemaining()) {
                byte[] bytes = new byte[piece.remaining()];
                piece.get(bytes);
                lean.add(ByteBuffer.wrap(unpacked(bytes)));
            }
        }
        next.consume(lean, body);
    }

    private byte[] unpacked(byte[] piece) throws IOException {
        if (!hasBegun) {
            hasBegun = true;
            gunzip = Gunzip.begins(piece[0]) ? new Gunzip() : null;
        }
        if (gunzip == null) {
            return lean(piece);
        }
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        gunzip.feed(piece, part -> result.write(lean(part)));
        return result.toByteArray();
    }

    private byte[] lean(byte[] piece) throws IOException {
        if (json == null && !isOther) {
            isOther = piece[0] != '{';
        }
        if (isOther) {
            return piece;
        }
        if (json == null) {
            json = new LeanJson(needed, digestsData);
        }
        byte[] kept = json.feed(piece);
        budget.take(piece.length, kept.length);
        if (json.isComplete()) {
            budget.complete(json.items());
        }
        return kept;
    }

    @Override
    public <U> U unwrap(Class<U> target) {
        return next.unwrap(target);
    }
}
