/**
 * The steps by which pods of claims of scope Pod get ports of their own: hold wide, commit, publish by one patch, narrow, release.
 * Pure, as the room {@code protocol}, of which it knows the commit and the gate.
 */
@NullMarked
package io.portclaim.operator.protocol.pods;

import org.jspecify.annotations.NullMarked;
