package io.portclaim.crds;

import org.jspecify.annotations.Nullable;

/**
 * A row of a table of specs.
 *
 * @param what what it is about
 * @param spec the spec, in YAML
 * @param refusal a part of the message that it is refused with; null where it is accepted
 */
record Row(String what, String spec, @Nullable String refusal) {
    static Row accepted(String what, String spec) {
        return new Row(what, spec, null);
    }

    static Row refused(String what, String spec, String refusal) {
        return new Row(what, spec, refusal);
    }

    @Override
    public String toString() {
        return what + (refusal == null ? ": accepted" : ": refused");
    }
}
