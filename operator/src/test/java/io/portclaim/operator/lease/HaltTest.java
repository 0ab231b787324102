package io.portclaim.operator.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class HaltTest {
    @Test
    void endsWithItsCodeAndAgainShouldTheFirstEndHang() {
        List<Integer> codes = new CopyOnWriteArrayList<>();

        new Halt.OfProcess(codes::add).now(Halt.LEASE_LOST, "Testing the end.");

        assertThat(codes).startsWith(Halt.LEASE_LOST);
        await().atMost(Duration.ofSeconds(10)).until(() -> codes.equals(List.of(Halt.LEASE_LOST, Halt.LEASE_LOST)));
    }
}
