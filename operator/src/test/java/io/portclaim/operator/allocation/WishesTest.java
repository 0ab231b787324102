package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a claim wishes, as a restored status says it. */
class WishesTest {
    private final IndexFixture fixture = new IndexFixture();

    private Request wishing(String uid, String wished, List<RequestedPort> ports, String... places) {
        Request request = fixture.request(uid, "a/" + uid, ports, places);
        return new Request(
                request.uid(),
                request.key(),
                request.created(),
                request.version(),
                request.pool(),
                request.configMapName(),
                request.requestedPorts(),
                request.targets(),
                IndexFixture.assignment(wished));
    }

    @Test
    void aWishIsGrantedWhereItIsFree() {
        assertThat(fixture.decided(wishing("1", "n1: x=104/TCP; n2: x=104/TCP", List.of(any("x")), "n1", "n2")))
                .isEqualTo("n1: x=104/TCP; n2: x=104/TCP");
    }

    @Test
    void aWishTakesNothingFromAnybody() {
        String held = fixture.bound(fixture.request("1", "a/holder", List.of(port("x", 104)), "n1"));
        assertThat(held).isEqualTo("n1: x=104/TCP");
        assertThat(fixture.decided(wishing("2", "n1: x=104/TCP", List.of(any("x")), "n1")))
                .startsWith("n1: x=")
                .isNotEqualTo("n1: x=104/TCP");
    }

    @Test
    void aWishTakesNothingThatCools() {
        fixture.bound(fixture.request("1", "a/holder", List.of(port("x", 104)), "n1"));
        fixture.release("1");
        assertThat(fixture.decided(wishing("2", "n1: x=104/TCP", List.of(any("x")), "n1")))
                .isNotEqualTo("n1: x=104/TCP");
    }

    @Test
    void aWishThatIsNotAskedForCountsForNothing() {
        assertThat(fixture.decided(wishing("1", "n1: y=104/TCP", List.of(any("x")), "n1")))
                .as("another name")
                .isEqualTo("n1: x=100/TCP");
        assertThat(fixture.decided(wishing("2", "n1: x=104-105/TCP", List.of(any("x")), "n1")))
                .as("another length")
                .isEqualTo("n1: x=101/TCP");
        assertThat(fixture.decided(wishing("3", "n1: x=104/UDP", List.of(any("x")), "n1")))
                .as("another protocol")
                .isEqualTo("n1: x=102/TCP");
        assertThat(fixture.decided(wishing("4", "n2: x=104/TCP", List.of(any("x")), "n1")))
                .as("another place")
                .isEqualTo("n1: x=103/TCP");
        assertThat(fixture.decided(wishing("5", "n1: x=9/TCP", List.of(any("x")), "n1")))
                .as("outside the pool")
                .isEqualTo("n1: x=104/TCP");
    }

    @Test
    void aWishComesBeforeWhatReturns() {
        fixture.bound(fixture.request("1", "a/web", List.of(port("x", 103)), "n1"));
        fixture.release("1");
        Request again = fixture.request("2", "a/web", List.of(any("x")), "n1");
        assertThat(fixture.decided(again.wishing(IndexFixture.assignment("n1: x=105/TCP"))))
                .isEqualTo("n1: x=105/TCP");
    }

    @Test
    void ofTwoWishesTheFirstIsGrantedThatIsFree() {
        fixture.bound(fixture.request("1", "a/holder", List.of(port("x", 104)), "n1"));
        Request second = wishing("2", "n1: x=106/TCP", List.of(any("x")), "n1");
        assertThat(fixture.decided(second.wishing(IndexFixture.assignment("n1: x=105/TCP"))))
                .isEqualTo("n1: x=105/TCP");
        Request third = wishing("3", "n1: x=107/TCP", List.of(any("x")), "n1");
        assertThat(fixture.decided(third.wishing(IndexFixture.assignment("n1: x=104/TCP"))))
                .as("the first one is taken")
                .isEqualTo("n1: x=107/TCP");
    }

    @Test
    void whatTheClaimHoldsComesBeforeWhatItWishes() {
        fixture.bound(fixture.request("1", "a/1", List.of(port("x", 103)), "n1"));
        assertThat(fixture.decided(wishing("1", "n1: x=104/TCP", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=103/TCP");
    }
}
