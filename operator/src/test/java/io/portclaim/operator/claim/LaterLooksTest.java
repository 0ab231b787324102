package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaterLooksTest {
    private final List<ClaimKey> requeued = new ArrayList<>();
    private final LaterLooks looks = new LaterLooks(requeued::add);

    private static ClaimKey claim(int i) {
        return new ClaimKey("shop", "claim-" + i);
    }

    private static List<ClaimKey> claims(int from, int to) {
        return IntStream.range(from, to).mapToObj(LaterLooksTest::claim).toList();
    }

    @Test
    void onlySomeAreLookedAtAtOnce() {
        assertThat(claims(0, 100)).filteredOn(looks::begins).isEqualTo(claims(0, LaterLooks.AT_ONCE));
    }

    @Test
    void eachThatIsDoneBringsTheNext() {
        claims(0, 100).forEach(looks::begins);
        looks.ended(claim(3));

        assertThat(requeued).containsExactly(claim(LaterLooks.AT_ONCE));
        assertThat(looks.begins(claim(99))).isFalse();
        assertThat(looks.begins(claim(LaterLooks.AT_ONCE))).isTrue();
    }

    @Test
    void aClaimThatNeverWaitedBringsNobody() {
        claims(0, LaterLooks.AT_ONCE).forEach(looks::begins);
        looks.ended(claim(0));
        looks.begins(claim(50));
        looks.begins(claim(51));
        looks.again(claim(50));

        looks.ended(claim(1000));

        assertThat(requeued).isEmpty();
    }

    @Test
    void aClaimWithoutAWorkerComesAgainAfterTheOthers() {
        claims(0, LaterLooks.AT_ONCE + 2).forEach(looks::begins);
        looks.again(claim(0));
        assertThat(requeued).isEmpty();

        looks.tick();
        looks.ended(claim(1));
        looks.ended(claim(2));

        assertThat(requeued).containsExactly(claim(LaterLooks.AT_ONCE), claim(LaterLooks.AT_ONCE + 1), claim(0));
    }

    @Test
    void aClaimThatIsGoneIsNotRequeued() {
        claims(0, LaterLooks.AT_ONCE + 2).forEach(looks::begins);
        looks.ended(claim(LaterLooks.AT_ONCE));
        looks.ended(claim(0));
        assertThat(requeued).containsExactly(claim(LaterLooks.AT_ONCE + 1));
    }

    /** It was requeued, and was gone before it came. */
    @Test
    void aClaimThatNeverComesKeepsNobodyWaiting() {
        claims(0, 100).forEach(looks::begins);
        claims(0, LaterLooks.AT_ONCE).forEach(looks::ended);
        assertThat(requeued).isEqualTo(claims(LaterLooks.AT_ONCE, 2 * LaterLooks.AT_ONCE));
        requeued.clear();

        looks.tick();

        assertThat(requeued).isEqualTo(claims(2 * LaterLooks.AT_ONCE, 3 * LaterLooks.AT_ONCE));
    }

    /**
     * As JOSDK does: what is requeued comes after all that was queued before, and some claims go meanwhile, unnoticed. Time passes only where nothing
     * else happens.
     */
    @ParameterizedTest
    @Timeout(20)
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void allAreLookedAt(long seed) {
        Random random = new Random(seed);
        Set<ClaimKey> left = new LinkedHashSet<>(claims(0, 500));
        Queue<ClaimKey> queue = new ArrayDeque<>(left);
        Set<ClaimKey> looking = new HashSet<>();
        int ticks = 0;
        while (!left.isEmpty()) {
            ClaimKey claim = queue.poll();
            if (claim != null && left.contains(claim)) {
                if (random.nextInt(20) == 0) {
                    left.remove(claim);
                } else if (looks.begins(claim)) {
                    looking.add(claim);
                }
            }
            assertThat(looking).hasSizeLessThanOrEqualTo(LaterLooks.AT_ONCE);
            if (claim == null || random.nextBoolean()) {
                looking.stream().findFirst().ifPresent(done -> {
                    looking.remove(done);
                    left.remove(done);
                    looks.ended(done);
                });
            }
            if (queue.isEmpty() && requeued.isEmpty() && looking.isEmpty()) {
                ticks++;
                looks.tick();
            }
            queue.addAll(requeued);
            requeued.clear();
        }
        assertThat(ticks).as("for those that have gone unnoticed").isLessThan(5);
    }
}
