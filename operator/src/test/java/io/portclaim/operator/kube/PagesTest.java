package io.portclaim.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PagesTest {
    private final List<@Nullable String> asked = new ArrayList<>();
    private final List<Integer> visited = new ArrayList<>();

    @Test
    void eachPageIsAskedForWithTheTokenOfTheOneBefore() throws IOException {
        Pages.forEach(
                token -> {
                    asked.add(token);
                    int page = asked.size();
                    return () -> switch (page) {
                        case 1 -> new Pages.Page<>(() -> List.of(1, 2), "one");
                        case 2 -> new Pages.Page<>(() -> List.<Integer>of(), "two");
                        default -> new Pages.Page<>(() -> List.of(3), "");
                    };
                },
                visited::add);

        assertThat(asked).containsExactly(null, "one", "two");
        assertThat(visited).containsExactly(1, 2, 3);
    }

    @Test
    void aPageIsVisitedWhileTheNextOneIsOnItsWay() throws IOException {
        List<Integer> askedWhenVisited = new ArrayList<>();

        Pages.forEach(
                token -> {
                    asked.add(token);
                    return () -> new Pages.Page<>(() -> List.of(1), token == null ? "one" : null);
                },
                item -> askedWhenVisited.add(asked.size()));

        assertThat(askedWhenVisited).containsExactly(2, 2);
    }

    /** Another revision would serve the rest: what moved there from the first page would be missed. */
    @Test
    void aListThatExpiresHasFailedAndIsNotGoneOnWith() {
        assertThatThrownBy(() -> Pages.<Integer>forEach(
                        token -> {
                            asked.add(token);
                            return () -> {
                                if (token != null) {
                                    throw new IOException("410 Expired");
                                }
                                return new Pages.Page<>(() -> List.of(1), "one");
                            };
                        },
                        visited::add))
                .isInstanceOf(IOException.class);

        assertThat(asked).containsExactly(null, "one");
    }
}
