package io.portclaim.operator.kube;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An answer that comes line by line, as a watch does. Its pieces come one after the other. */
@SuppressWarnings("FutureReturnValueIgnored") // what completes them reports to "ended"
final class LinesOfAnswer {
    private final Reader reader;
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /** Reads lines. */
    interface Reader {
        /**
         * Reads a line, without its end.
         *
         * @throws IOException when it can't be read; no more lines are read then
         */
        void line(byte[] text) throws IOException;

        /** No more lines come. */
        void ended(@Nullable Throwable failure);
    }

    LinesOfAnswer(Reader reader) {
        this.reader = reader;
        ended.whenComplete((nothing, failure) -> reader.ended(failure));
    }

    /** Passes on the lines of the answer to what {@code send} sends. The future ends with the answer. To cancel it ends the answer. */
    CompletableFuture<Void> of(
            Function<AsyncBody.Consumer<List<ByteBuffer>>, CompletableFuture<HttpResponse<AsyncBody>>> send) {
        CompletableFuture<HttpResponse<AsyncBody>> answer = send.apply(this::consume);
        answer.whenComplete(this::answered);
        return ended;
    }

    private void answered(@Nullable HttpResponse<AsyncBody> response, @Nullable Throwable failure) {
        if (response == null) {
            ended.completeExceptionally(failure == null ? new IOException("no answer came") : failure);
            return;
        }
        AsyncBody body = response.body();
        ended.whenComplete((nothing, why) -> body.cancel());
        if (!response.isSuccessful()) {
            ended.completeExceptionally(new IOException("HTTP " + response.code()));
        }
        if (ended.isDone()) {
            return;
        }
        body.done().whenComplete((nothing, why) -> {
            if (why == null) {
                ended.complete(null);
            } else {
                ended.completeExceptionally(why);
            }
        });
        body.consume();
    }

    private void consume(List<ByteBuffer> pieces, AsyncBody body) {
        try {
            for (ByteBuffer piece : pieces) {
                feed(piece);
            }
            body.consume();
        } catch (IOException | RuntimeException e) {
            ended.completeExceptionally(e);
        }
    }

    private void feed(ByteBuffer piece) throws IOException {
        while (piece.hasRemaining()) {
            byte next = piece.get();
            if (next == '\n') {
                byte[] line = begun.toByteArray();
                begun.reset();
                reader.line(line);
            } else {
                begun.write(next);
            }
        }
    }
}
