package io.portclaim.agent.api;

/**
 * What the API server has answered.
 *
 * @param code HTTP's
 * @param body the text
 */
record Answer(int code, String body) {
    boolean isSuccess() {
        return code / 100 == 2;
    }
}
