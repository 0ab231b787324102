package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.GoModule;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The programs behind dev/benchmark and dev/chaos judge by what their own tests show to be right. */
class GoProgramsIT {
    @ParameterizedTest
    @CsvSource({"dev/loadgen, TestCountsWhatAgentsAskAndNobodyElse", "dev/chaosrun, TestEachViolationIsFound"})
    void passTheirTests(String module, String test) {
        assertThat(GoModule.test(module)).contains("--- PASS: " + test);
    }
}
