package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.operator.claim.FaultyWire.Fault;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

/** What an API server that refuses, fails, hangs up or answers into the void does to the writing of statuses. */
class ClaimStatusWriterErrorsTest extends FailingServer {
    @Test
    void aStatusThatConflictsIsWrittenAtTheNewVersionAfterAnotherCommit() throws InterruptedException {
        onPut(STATUS, 409, refusal(409, "the object has been modified"));
        onGet(CLAIM, 200, claim(UID, "9", null));
        onPut(STATUS, 200, claim(UID, "10", BOUND));
        assertThat(statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .isTrue();
        assertThat(passes).hasValue(1);
        assertThat(server.getLastRequest().getUtf8Body()).contains("\"resourceVersion\":\"9\"");
    }

    @Test
    void aStatusOfAClaimThatIsGoneIsNotWrittenToItsSuccessor() {
        onPut(STATUS, 409, refusal(409, "Precondition failed: UID in precondition"));
        onGet(CLAIM, 200, claim("uid-2", "9", null));
        assertThat(statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .isFalse();
        assertThat(wire.arrived()).containsExactly("PUT " + STATUS, "GET " + CLAIM);
    }

    @Test
    void aStatusOfAClaimThatIsGoneAltogetherIsNotWritten() {
        onPut(STATUS, 404, absent("web"));
        onGet(CLAIM, 404, absent("web"));
        assertThat(statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .isFalse();
    }

    /** While the kind is not served every claim looks gone; what a claim holds must outlast that. */
    @Test
    void aKindThatIsNotServedNowIsNoClaimThatIsGone() {
        onPut(STATUS, 404, refusal(404, "the server could not find the requested resource"));
        onGet(CLAIM, 404, refusal(404, "the server could not find the requested resource"));
        assertThatIllegalStateException()
                .isThrownBy(() -> statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .withMessageContaining("can't be read now");
    }

    /** Someone else has dealt with the claim meanwhile: what was decided then is not written over it. */
    @Test
    void aDecisionThatNoLongerStandsIsNotWritten() {
        onPut(STATUS, 409, refusal(409, "the object has been modified"));
        onGet(CLAIM, 200, claim(UID, "9", null));
        assertThatIllegalStateException()
                .isThrownBy(() -> statusWriter.write(known(), Samples.rendered(BOUND), () -> false))
                .withMessageContaining("changed meanwhile");
        assertThat(wire.arrived()).containsExactly("PUT " + STATUS, "GET " + CLAIM);
    }

    @Test
    void aStatusWhoseAnswerWasLostIsRecognisedAndNotWrittenAgain() {
        wire.breakNext(Fault.ANSWER_LOST);
        onPut(STATUS, 200, claim(UID, "8", BOUND));
        onPut(STATUS, 409, refusal(409, "the object has been modified"));
        onGet(CLAIM, 200, claim(UID, "8", BOUND));
        assertThat(statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .isTrue();
        assertThat(passes).hasValue(0);
        assertThat(wire.arrived()).containsExactly("PUT " + STATUS, "PUT " + STATUS, "GET " + CLAIM);
    }

    @Test
    void aThrottledStatusIsTriedAgain() {
        onPut(STATUS, 429, refusal(429, "too many requests"));
        onPut(STATUS, 200, claim(UID, "8", BOUND));
        assertThat(statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .isTrue();
    }

    @Test
    void aStatusThatTheServerFailsOnIsLeftToALaterTry() {
        onPut(STATUS, 500, refusal(500, "etcdserver: request timed out"));
        onPut(STATUS, 500, refusal(500, "etcdserver: request timed out"));
        assertThatIllegalStateException()
                .isThrownBy(() -> statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .withMessageContaining("etcdserver: request timed out")
                .withMessageContaining("games/web");
        assertThat(wire.arrived()).containsExactly("PUT " + STATUS, "PUT " + STATUS);
    }

    @Test
    void aStatusOnABrokenWireIsLeftToALaterTry() {
        wire.breakNext(Fault.CUT, Fault.CUT);
        assertThatThrownBy(() -> statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .isInstanceOf(UncheckedIOException.class);
        onPut(STATUS, 200, claim(UID, "8", BOUND));
        assertThat(statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .isTrue();
    }

    @Test
    void aClaimThatChangesAllTheTimeIsLeftToALaterTry() {
        for (int i = 0; i < 3; i++) {
            onPut(STATUS, 409, refusal(409, "the object has been modified"));
            onGet(CLAIM, 200, claim(UID, String.valueOf(10 + i), null));
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> statusWriter.write(known(), Samples.rendered(BOUND), () -> true))
                .withMessageContaining("changes faster");
    }
}
