package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.ports.PortSet;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The strategy that a pool carries is the one that chooses its ports. */
class PortStrategyTest {
    private final IndexFixture fixture = new IndexFixture();

    /** Gives single ports only, the highest first. */
    private static final class Highest implements PortStrategy {
        @Override
        public OptionalInt next(BitSet free, PortSet band, int cursor, int count, int alignment) {
            return free.isEmpty() || count > 1 ? OptionalInt.empty() : OptionalInt.of(free.length() - 1);
        }
    }

    private static PoolRules pool(PortStrategy strategy) {
        return new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.parse("100-109")).strategy(strategy).build());
    }

    private String decided(String uid, String place) {
        return fixture.decided(fixture.request(uid, "n/c" + uid, List.of(IndexFixture.any("http")), place));
    }

    @Test
    void choosesOnANodeAndOnEveryNode() {
        fixture.pool = pool(new Highest());

        assertThat(decided("1", "a")).isEqualTo("a: http=109/TCP");
        assertThat(decided("2", "a")).isEqualTo("a: http=108/TCP");
        assertThat(decided("3", "*")).isEqualTo("*: http=107/TCP");
    }

    @Test
    void decidesWhetherThereIsAPortAtAll() {
        fixture.pool = pool((free, band, cursor, count, alignment) -> OptionalInt.empty());

        fixture.refused(fixture.request("1", "n/web", List.of(IndexFixture.any("http")), "a"), Reason.POOL_EXHAUSTED);
    }
}
