package io.portclaim.operator.allocation;

import java.util.Map;

/** What becomes of a request. */
public sealed interface Decision {
    /**
     * The claim has, or gets, ports.
     *
     * @param assignment all that it holds from now on
     * @param refused why some of its places have none yet, by place
     * @param lastGiven the last number that was chosen (not asked for), or -1 when none was
     */
    record Granted(Assignment assignment, Map<String, Refusal> refused, int lastGiven) implements Decision {}

    /**
     * Nothing changes: what the claim holds it keeps.
     *
     * @param refusal why
     */
    record Refused(Refusal refusal) implements Decision {}
}
