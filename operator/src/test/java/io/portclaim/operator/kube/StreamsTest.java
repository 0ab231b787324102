package io.portclaim.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class StreamsTest {
    private final Streams streams = new Streams();
    private final List<CompletableFuture<String>> sent = new CopyOnWriteArrayList<>();

    private CompletableFuture<String> send(long millis) {
        return streams.within(millis, () -> {
            CompletableFuture<String> answer = new CompletableFuture<>();
            sent.add(answer);
            return answer;
        });
    }

    private void fill() {
        for (int i = 0; i < Streams.MOST; i++) {
            send(0);
        }
    }

    @Test
    void fewerAreUnderWayThanTheServerAllows() {
        fill();

        assertThatThrownBy(send(1)::join)
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessage("80 requests are under way, and none ended within 1 ms");
        assertThat(sent).hasSize(80);
    }

    @Test
    void oneThatEndsMakesRoomHoweverItEnds() {
        fill();
        sent.get(3).completeExceptionally(new IOException("reset"));
        send(0);
        sent.get(4).complete("answer");
        send(0);
        assertThatThrownBy(() -> streams.within(0, () -> {
                            throw new IllegalStateException("full");
                        })
                        .join())
                .cause()
                .isInstanceOf(IOException.class);
        sent.get(5).complete("answer");
        assertThatThrownBy(() -> streams.within(0, () -> {
                    throw new IllegalStateException("not sent");
                }))
                .hasMessage("not sent");

        assertThat(send(0)).isNotDone();
        assertThat(sent).hasSize(83);
    }

    @Test
    void whoWaitsIsServedOnceThereIsRoom() {
        fill();
        List<CompletableFuture<String>> waiting = new ArrayList<>();
        Thread thread = new Thread(() -> waiting.add(send(60_000)));
        thread.start();
        await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);

        sent.get(0).complete("answer");

        await().untilAsserted(() -> assertThat(waiting).hasSize(1));
        sent.get(80).complete("mine");
        assertThat(waiting.get(0)).isCompletedWithValue("mine");
    }

    @Test
    void anInterruptIsNotLost() {
        Thread.currentThread().interrupt();

        assertThatThrownBy(send(1)::join).cause().hasMessage("interrupted before the request was sent");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(sent).isEmpty();
    }
}
