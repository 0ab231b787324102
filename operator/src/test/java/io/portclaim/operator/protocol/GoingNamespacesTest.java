package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.operator.allocation.ClaimKey;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class GoingNamespacesTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final SimulatedTime time = new SimulatedTime();
    private final GoingNamespaces namespaces = new GoingNamespaces(time);

    private static Claim claim(String namespace, Instant created) {
        return new Claim(
                "uid",
                new ClaimKey(namespace, "web"),
                "1",
                1,
                created,
                Serialization.unmarshal(
                        "{\"scope\": \"Cluster\", \"ports\": [{\"name\": \"http\"}]}", PortClaimSpec.class),
                null);
    }

    private boolean isPaused(String namespace, Instant created) {
        return namespaces.pause(claim(namespace, created)).isPresent();
    }

    @Test
    void eachIsNewsOnceUntilAnotherOfItsNameMayGo() {
        assertThat(namespaces.refuses("shop", NOON)).isTrue();
        assertThat(namespaces.refuses("games", null)).isTrue();
        time.pass(Duration.ofMinutes(10));
        assertThat(namespaces.refuses("shop", NOON)).isFalse();
        time.pass(Duration.ofNanos(1));
        assertThat(namespaces.refuses("shop", NOON)).isTrue();
        assertThat(namespaces.refuses("shop", NOON)).isFalse();
    }

    @Test
    void nothingIsPutBackForItsClaimsForTenMinutes() {
        namespaces.refuses("shop", NOON);
        assertThat(isPaused("games", NOON.minusSeconds(1))).isFalse();
        time.pass(Duration.ofMinutes(4));
        Duration pause = namespaces.pause(claim("shop", NOON.minusSeconds(1))).orElseThrow();
        assertThat(pause).isBetween(Duration.ofMinutes(6), Duration.ofMinutes(6).plusNanos(1));
        time.pass(pause);
        assertThat(isPaused("shop", NOON.minusSeconds(1))).isFalse();
    }

    /** Times of the API server have no fractions of a second. */
    @Test
    void aClaimOfALaterNamespaceOfTheNameIsAnother() {
        namespaces.refuses("shop", NOON);
        assertThat(isPaused("shop", NOON)).isFalse();
        namespaces.refuses("shop", NOON.plusSeconds(60));
        assertThat(isPaused("shop", NOON)).isTrue();
        namespaces.refuses("shop", null);
        assertThat(isPaused("shop", NOON)).isTrue();
    }

    @Test
    void aNamespaceThatIsNotThereSaysNothingOfItsClaims() {
        namespaces.refuses("shop", null);
        assertThat(isPaused("shop", NOON.minusSeconds(1))).isFalse();
        namespaces.refuses("shop", NOON);
        assertThat(isPaused("shop", NOON.minusSeconds(1))).isTrue();
    }
}
