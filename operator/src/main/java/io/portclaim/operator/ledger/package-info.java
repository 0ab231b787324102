/** The write-ahead ledger: makes every decision durable, and fences off a leader that no longer leads. */
@NullMarked
package io.portclaim.operator.ledger;

import org.jspecify.annotations.NullMarked;
