/** The text in which the ledger keeps a snapshot: written and read back, without a client. */
@NullMarked
package io.portclaim.operator.codec;

import org.jspecify.annotations.NullMarked;
