package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.publish.Conditions.Status;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00.987Z");
    private static final String BEFORE = "2026-11-20T00:00:00Z";

    private static Condition ready(String status, String since) {
        return new Condition("Ready", status, 1L, since, "Assigned", "old");
    }

    @Test
    void theFirstIsOfNowInWholeSeconds() {
        assertThat(new Conditions(null, 3, NOW).next(Conditions.READY, Status.TRUE, Reason.ASSIGNED, "new"))
                .isEqualTo(new Condition("Ready", "True", 3L, "2026-11-23T09:30:00Z", "Assigned", "new"));
    }

    @Test
    void anEqualStatusKeepsItsTimeWhateverElseChanges() {
        assertThat(new Conditions(List.of(ready("False", BEFORE)), 3, NOW)
                        .next(Conditions.READY, Status.FALSE, Reason.PORT_TAKEN, "new"))
                .isEqualTo(new Condition("Ready", "False", 3L, BEFORE, "PortTaken", "new"));
    }

    @Test
    void anotherStatusOrTypeStartsAnew() {
        Conditions conditions = new Conditions(List.of(ready("False", BEFORE)), 3, NOW);

        assertThat(conditions
                        .next(Conditions.READY, Status.TRUE, Reason.ASSIGNED, "")
                        .lastTransitionTime())
                .isEqualTo("2026-11-23T09:30:00Z");
        assertThat(conditions
                        .next(Conditions.USABLE, Status.FALSE, Reason.OUTSIDE_POOL, "")
                        .lastTransitionTime())
                .isEqualTo("2026-11-23T09:30:00Z");
    }

    @Test
    void whatOthersWroteDoesNoHarm() {
        List<Condition> previous =
                Arrays.asList(null, new Condition(null, null, null, null, null, null), ready("True", null));

        assertThat(new Conditions(previous, 3, NOW)
                        .next(Conditions.READY, Status.TRUE, Reason.ASSIGNED, "")
                        .lastTransitionTime())
                .isEqualTo("2026-11-23T09:30:00Z");
    }

    @Test
    void aMessageEndsWhereTheSchemaSaysSo() {
        String message = new Conditions(null, 3, NOW)
                .next(Conditions.READY, Status.FALSE, Reason.CONFIG_MAP_REFUSED, "x".repeat(5000))
                .message();

        assertThat(message).hasSize(4096).endsWith("x…");
    }
}
