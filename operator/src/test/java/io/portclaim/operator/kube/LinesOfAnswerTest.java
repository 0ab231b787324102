package io.portclaim.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An answer is passed on line by line, and is ended by whoever has enough of it. */
class LinesOfAnswerTest {
    private final List<String> read = new ArrayList<>();
    private final Body body = new Body();
    private boolean fails;
    private int ends;

    /** What comes; counts what is asked of it. */
    private static final class Body implements AsyncBody {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private int consumed;
        private int cancelled;

        @Override
        public void consume() {
            consumed++;
        }

        @Override
        public CompletableFuture<Void> done() {
            return done;
        }

        @Override
        public void cancel() {
            cancelled++;
        }
    }

    /** Headers. */
    private record Answer(int code, AsyncBody body) implements HttpResponse<AsyncBody> {
        @Override
        public HttpRequest request() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<HttpResponse<?>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public List<String> headers(String key) {
            return List.of();
        }

        @Override
        public Map<String, List<String>> headers() {
            return Map.of();
        }
    }

    private final LinesOfAnswer.Reader reader = new LinesOfAnswer.Reader() {
        @Override
        public void line(byte[] text) throws IOException {
            if (fails) {
                throw new IOException("no such line");
            }
            read.add(new String(text, StandardCharsets.UTF_8));
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            ends++;
        }
    };

    /** Sends, answers with {@code code}, and brings {@code pieces}. */
    private CompletableFuture<Void> answered(int code, String... pieces) throws Exception {
        List<AsyncBody.Consumer<List<ByteBuffer>>> consumers = new ArrayList<>();
        CompletableFuture<Void> ended = new LinesOfAnswer(reader).of(consumer -> {
            consumers.add(consumer);
            return CompletableFuture.completedFuture(new Answer(code, body));
        });
        for (String piece : pieces) {
            consumers.get(0).consume(List.of(ByteBuffer.wrap(piece.getBytes(StandardCharsets.UTF_8))), body);
        }
        return ended;
    }

    @Test
    void aLineMayComeInPieces() throws Exception {
        CompletableFuture<Void> ended = answered(200, "one\ntw", "o\n", "three");
        assertThat(read).containsExactly("one", "two");
        assertThat(body.consumed).as("the next piece was asked for each time").isEqualTo(4);
        assertThat(ended).isNotDone();
        body.done.complete(null);
        assertThat(ended).isCompleted();
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void whoHasEnoughEndsIt() throws Exception {
        CompletableFuture<Void> ended = answered(200, "one\n");
        assertThat(body.cancelled).isZero();
        ended.cancel(true);
        assertThat(body.cancelled).isEqualTo(1);
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void aLineThatCannotBeReadEndsIt() throws Exception {
        fails = true;
        CompletableFuture<Void> ended = answered(200, "one\ntwo\n");
        assertThat(ended).isCompletedExceptionally();
        assertThat(body.cancelled).isEqualTo(1);
        assertThat(body.consumed).as("nothing more is asked for").isEqualTo(1);
    }

    @Test
    void aRefusalHasNoLines() throws Exception {
        CompletableFuture<Void> ended = answered(410);
        assertThatThrownBy(ended::join).hasMessageContaining("HTTP 410");
        assertThat(body.cancelled).isEqualTo(1);
        assertThat(body.consumed).isZero();
    }
}
