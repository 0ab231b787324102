package io.portclaim.operator.publish;

import io.portclaim.operator.allocation.PortGrant;

/**
 * What is believed of text that anyone may have written. It is asked before anything of the text is stored, so that what is
 * not believed costs no memory. Not thread-safe: one is made for each text.
 */
public interface Believed {
    /** Everything that makes sense at all. */
    Believed ALL = new Believed() {
        @Override
        public boolean name(String name) {
            return true;
        }

        @Override
        public boolean place(String place) {
            return true;
        }

        @Override
        public boolean grant(String place, PortGrant grant) {
            return true;
        }
    };

    /** Whether there may be a port of this name; where not, what is said of it is not even read. */
    boolean name(String name);

    /** Whether ports may be held at {@code place}; where not, what is said of the place is not even read. */
    boolean place(String place);

    /** Whether {@code grant} may be held at {@code place}, which is believed. */
    boolean grant(String place, PortGrant grant);
}
