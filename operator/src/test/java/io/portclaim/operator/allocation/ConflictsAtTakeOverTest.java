package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two claims that name one slot, as a new leader finds them. */
class ConflictsAtTakeOverTest extends TakeOver {
    @Test
    void ofTwoStatusesOnOneSlotTheOlderClaimKeepsIt() {
        status("young", 1, "n1: x=100/TCP y=101/TCP");
        status("old", 9, "n1: x=100/TCP");
        recover();

        assertThat(has("old")).isEqualTo("n1: x=100/TCP");
        assertThat(has("young")).isEmpty();
        assertThat(fixture.index.conflict("old")).isEmpty();
        assertThat(fixture.index.conflict("young"))
                .hasValue("100/TCP on node n1 is also named by another claim, which keeps it; delete this claim and"
                        + " create it again to get new ports");
    }

    @Test
    void ofTwoThatAreEquallyOldTheSmallerUidKeepsIt() {
        status("b", 5, "*: x=100/TCP");
        status("a", 5, "n1: x=100/TCP");
        recover();

        assertThat(has("a")).isEqualTo("n1: x=100/TCP");
        assertThat(fixture.index.conflict("b")).isPresent();
    }

    @Test
    void theLedgersEntryComesBeforeTheOlderClaim() {
        status("old", 9, "n1: x=100/TCP");
        status("young", 1, "");
        entries.add(claim("young", 1, "", "n1: x=100/TCP"));
        recover();

        assertThat(has("young")).isEqualTo(" then n1: x=100/TCP");
        assertThat(fixture.index.conflict("old")).isPresent();
    }

    @Test
    void theLedgersEntryComesFirstAlsoWhenItsStatusIsWritten() {
        status("old", 9, "n1: x=100/TCP");
        status("young", 1, "n1: x=100/TCP");
        entries.add(claim("young", 1, "", "n1: x=100/TCP"));
        recover();

        assertThat(has("young")).isEqualTo("n1: x=100/TCP");
        assertThat(fixture.index.conflict("old")).isPresent();
    }

    @Test
    void whatOnlyTheLoserNamesCoolsAsLongAsAnyPort() {
        status("old", 9, "n1: x=102/TCP");
        status("young", 1, "n1: g=101-103/TCP; n2: x=105/TCP");
        recover();

        assertThat(whyNot("n1", 101)).contains("released");
        assertThat(whyNot("n1", 102)).contains("held");
        assertThat(whyNot("n1", 103)).contains("released");
        fixture.cool(COOLDOWN.minusSeconds(1));
        assertThat(whyNot("n2", 105)).contains("cooling after its release for up to 200 s");
        fixture.cool(Duration.ofSeconds(1));
        assertThat(whyNot("n2", 105)).isEqualTo("free");
    }

    @Test
    void theLoserGetsNothingUntilItIsMadeAgain() {
        status("old", 9, "n1: x=100/TCP");
        status("young", 1, "n1: x=100/TCP");
        recover();

        assertThat(fixture.refused(fixture.request("young", "a/young", List.of(any("x")), "n1"), Reason.CONFLICTED)
                        .message())
                .startsWith("100/TCP on node n1 is also named by another claim");
        fixture.release("young");
        assertThat(fixture.index.conflict("young")).isEmpty();
        assertThat(fixture.decided(fixture.request("again", "a/young", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=105/TCP");
    }
}
