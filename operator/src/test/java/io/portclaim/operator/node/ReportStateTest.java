package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.node.ReportState.Phase;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportStateTest {
    private static final Instant GONE = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LATER = GONE.plusSeconds(30);

    private static ReportState in(Phase phase) {
        boolean isPodThere = phase == Phase.CURRENT || phase == Phase.AWAITED;
        return new ReportState(phase, isPodThere ? null : GONE);
    }

    @ParameterizedTest(name = "{0}: written {1}, deleted {2}, pod came {3}, pod went {4}, grace over {5}")
    @CsvSource({
        "CURRENT,   CURRENT,  AWAITED,   CURRENT, ORPHANED,  CURRENT",
        "AWAITED,   CURRENT,  AWAITED,   AWAITED, ENDED,     AWAITED",
        "ORPHANED,  ORPHANED, ENDED,     CURRENT, ORPHANED,  EXPIRED",
        "ENDED,     ORPHANED, ENDED,     AWAITED, ENDED,     FORGOTTEN",
        "EXPIRED,   EXPIRED,  FORGOTTEN, CURRENT, EXPIRED,   EXPIRED",
        "FORGOTTEN, EXPIRED,  FORGOTTEN, AWAITED, FORGOTTEN, FORGOTTEN",
    })
    void goesFromOnePhaseToAnother(
            Phase from, Phase written, Phase deleted, Phase podCame, Phase podWent, Phase graceOver) {
        assertThat(in(from).written()).isEqualTo(in(written));
        assertThat(in(from).deleted()).isEqualTo(in(deleted));
        assertThat(in(from).podCame()).isEqualTo(in(podCame));
        assertThat(in(from).podWent(GONE)).isEqualTo(in(podWent));
        assertThat(in(from).advance(GONE)).isEqualTo(in(graceOver));
    }

    @Test
    void theTimeOfThePodsEndIsTheFirstThatIsKnown() {
        assertThat(in(Phase.ORPHANED).podWent(LATER).podGoneSince()).isEqualTo(GONE);
        assertThat(ReportState.CURRENT.podWent(LATER).podGoneSince()).isEqualTo(LATER);
    }

    @Test
    void nothingExpiresBeforeTheGraceIsOver() {
        ReportState orphaned = ReportState.CURRENT.podWent(LATER);

        assertThat(orphaned.advance(GONE)).isEqualTo(orphaned);
        assertThat(orphaned.deleted().advance(GONE)).isEqualTo(orphaned.deleted());
    }

    @ParameterizedTest(name = "{0}: range {1}, listeners {2}, abandoned {3}")
    @CsvSource({
        "CURRENT,   true,  true,  false",
        "AWAITED,   true,  true,  false",
        "ORPHANED,  true,  true,  true",
        "ENDED,     false, true,  false",
        "EXPIRED,   true,  false, true",
        "FORGOTTEN, false, false, false",
    })
    void saysWhatOfTheReportCounts(Phase phase, boolean range, boolean listeners, boolean abandoned) {
        assertThat(in(phase).rangeCounts()).isEqualTo(range);
        assertThat(in(phase).listenersCount()).isEqualTo(listeners);
        assertThat(in(phase).isAbandoned(GONE)).isEqualTo(abandoned);
        assertThat(in(phase).isAbandoned(GONE.minusSeconds(1))).isFalse();
    }
}
