package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.GoModule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The programs behind dev/benchmark, dev/plot and dev/chaos do what their own tests show. */
class GoProgramsIT {
    @ParameterizedTest
    @CsvSource({
        "dev/loadgen, TestCountsWhatAgentsAskAndNobodyElse",
        "dev/chaosrun, TestEachViolationIsFound",
        "dev/plots, TestEachPlotSaysWhatItShows"
    })
    void passTheirTests(String module, String test) {
        assertThat(GoModule.test(module)).contains("--- PASS: " + test);
    }
}
