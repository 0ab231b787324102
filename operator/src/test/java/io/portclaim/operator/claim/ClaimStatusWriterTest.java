package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.WEB_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.notFound;
import static io.portclaim.operator.claim.Samples.webJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimStatusWriter;
import io.portclaim.operator.protocol.ClaimTracker;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a status is based on when it is written, and when it is not written any more. */
@Timeout(60)
class ClaimStatusWriterTest {
    private static final String PUT = "PUT " + WEB_PATH + "/status";
    private static final String GET = "GET " + WEB_PATH;
    private static final String CONFLICT = failure("Conflict", null);
    private static final PortClaimStatus HAS = Samples.status("http=1000");
    private static final PortClaimStatus OTHER = Samples.status("http=1");

    private final ScriptedApi api = new ScriptedApi();
    private final ClaimTracker tracker = new ClaimTracker();
    private final ClaimStatusWriter statusWriter = new ClaimStatusWriter(api.live(), tracker, api.barrier());
    private final Claim web = Samples.web("uid-1", 10);
    private final AtomicBoolean stillHolds = new AtomicBoolean(true);

    @BeforeEach
    void begin() {
        tracker.seen(web);
        tracker.serving(web);
    }

    @AfterEach
    void end() {
        api.close();
    }

    private boolean write() {
        return statusWriter.write(web, Samples.rendered(HAS), stillHolds::get);
    }

    private PortClaim sent() {
        return Samples.YAML.unmarshal(api.lastBody(), PortClaim.class);
    }

    @Test
    void itIsOnePutThatCarriesUidAndVersion() {
        api.answers(200, webJson("uid-1", 11, HAS));
        assertThat(write()).isTrue();
        assertThat(api.log()).containsExactly(PUT);
        assertThat(sent().getMetadata().getUid()).isEqualTo("uid-1");
        assertThat(sent().getMetadata().getResourceVersion()).isEqualTo("10");
        assertThat(sent().getStatus()).isEqualTo(HAS);
        assertThat(tracker.isStale(web)).isTrue();
        assertThat(tracker.isAsLeft(web.at("11", HAS))).isTrue();
    }

    @Test
    void aClaimThatMovedOnIsWrittenAgainAfterAPass() {
        api.answers(409, CONFLICT).answers(200, webJson("uid-1", 12, OTHER)).answers(200, webJson("uid-1", 13, HAS));
        assertThat(write()).isTrue();
        assertThat(api.log()).containsExactly(PUT, GET, "pass", PUT);
        assertThat(sent().getMetadata().getResourceVersion()).isEqualTo("12");
    }

    @Test
    void whatWasDecidedOtherwiseMeanwhileIsNotWritten() {
        stillHolds.set(false);
        api.answers(409, CONFLICT).answers(200, webJson("uid-1", 12, OTHER));
        assertThatThrownBy(this::write)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has changed meanwhile");
        assertThat(api.log()).containsExactly(PUT, GET, "pass");
    }

    @Test
    void anOwnStatusThatStandsAlreadyIsEnough() {
        api.answers(409, CONFLICT).answers(200, webJson("uid-1", 12, HAS));
        assertThat(write()).isTrue();
        assertThat(api.log()).containsExactly(PUT, GET);
        assertThat(tracker.isStale(web.at("11", null))).isTrue();
    }

    @Test
    void anAnswerThatGotLostIsNoFailureTheNextTime() {
        api.cuts().answers(409, CONFLICT).answers(200, webJson("uid-1", 12, HAS));
        assertThatThrownBy(this::write).isInstanceOf(UncheckedIOException.class);
        assertThat(tracker.isAsLeft(web.at("12", HAS))).isTrue();
        assertThat(write()).isTrue();
        assertThat(api.log()).containsExactly(PUT, PUT, GET);
    }

    @Test
    void ofAClaimThatIsGoneNothingIsWritten() {
        api.answers(404, notFound("web")).answers(404, notFound("web"));
        assertThat(write()).isFalse();
        assertThat(api.log()).containsExactly(PUT, GET);
    }

    @Test
    void anotherClaimOfTheNameIsNotWrittenTo() {
        api.answers(409, CONFLICT).answers(200, webJson("uid-2", 20, null));
        assertThat(write()).isFalse();
        assertThat(api.log()).containsExactly(PUT, GET);
    }

    @Test
    void aNotFoundThatDoesNotSpeakOfTheClaimProvesNothing() {
        api.answers(404, "404 page not found").answers(404, "404 page not found");
        assertThatThrownBy(this::write).hasMessageContaining("can't be read now");
        assertThat(api.log()).containsExactly(PUT, GET);
    }

    @Test
    void anyOtherRefusalIsLeftToAnotherLook() {
        api.answers(500, failure("InternalError", null));
        assertThatThrownBy(this::write).hasMessageContaining("can't be written now");
        assertThat(api.log()).containsExactly(PUT);
    }

    @Test
    void itGivesUpOnAClaimThatChangesFasterThanItCanBeWritten() {
        for (int version = 12; version < 15; version++) {
            api.answers(409, CONFLICT).answers(200, webJson("uid-1", version, OTHER));
        }
        assertThatThrownBy(this::write).hasMessageContaining("changes faster");
        assertThat(api.log()).containsExactly(PUT, GET, "pass", PUT, GET, "pass", PUT, GET, "pass");
    }
}
