package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HolderNumbersTest {
    private final HolderNumbers numbers = new HolderNumbers();

    private static Holder claim(String uid) {
        return new Holder.OfClaim(uid);
    }

    @Test
    void aHolderKeepsItsNumberUntilItsLastSlotIsGone() {
        int one = numbers.add(claim("one"));
        int two = numbers.add(claim("two"));

        assertThat(numbers.add(claim("one"))).isEqualTo(one).isNotEqualTo(two);
        numbers.remove(one);
        assertThat(numbers.get(one)).isEqualTo(claim("one"));
        assertThat(numbers.add(claim("three"))).isNotIn(one, two);
        numbers.remove(one);
        assertThat(numbers.get(one)).isNull();
        assertThat(numbers.add(claim("four"))).isEqualTo(one);
        assertThat(numbers.get(one)).isEqualTo(claim("four"));
        assertThat(numbers.get(two)).isEqualTo(claim("two"));
        assertThat(numbers.get(HolderRuns.NONE)).isNull();
    }
}
