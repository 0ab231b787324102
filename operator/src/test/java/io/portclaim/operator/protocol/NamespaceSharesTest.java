package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who may have how many workers. */
class NamespaceSharesTest {
    private final NamespaceShares shares = new NamespaceShares(64);

    private int fill(String namespace) {
        int taken = 0;
        while (shares.enter(namespace)) {
            taken++;
        }
        return taken;
    }

    @Test
    void eachMayHaveHalfOfWhatTheOthersLeave() {
        assertThat(fill("first")).isEqualTo(32);
        assertThat(fill("second")).isEqualTo(16);
        assertThat(fill("third")).isEqualTo(8);
    }

    @Test
    void eachHasOneHoweverManyThereAre() {
        for (int i = 0; i < 1000; i++) {
            assertThat(fill("namespace-" + i)).isPositive();
        }
    }

    @Test
    void whatIsGivenBackIsShared() {
        fill("first");
        assertThat(fill("second")).isEqualTo(16);
        shares.leave("first");
        shares.leave("first");
        assertThat(fill("second")).isEqualTo(1);
        assertThat(shares.enter("first")).as("half of what the second leaves").isFalse();

        for (int i = 0; i < 17; i++) {
            shares.leave("second");
        }
        assertThat(fill("first")).isEqualTo(2);
    }

    @Test
    void whoHasMoreThanItsShareHasNoMoreLeft() {
        assertThat(fill("first")).isEqualTo(32);
        assertThat(fill("second")).isEqualTo(16);
        assertThat(shares.left("first")).isZero();
        shares.leave("first");
        assertThat(shares.left("first")).as("its share is 24 now").isZero();
    }

    @Test
    void oneWorkerServesEverybody() {
        NamespaceShares one = new NamespaceShares(1);
        assertThat(one.enter("a")).isTrue();
        assertThat(one.enter("a")).isFalse();
        one.leave("a");
        assertThat(one.enter("a")).isTrue();
    }
}
