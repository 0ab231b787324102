/** The PortLedger in the API server: its requests, and nothing else. */
@NullMarked
package io.portclaim.operator.ledger;

import org.jspecify.annotations.NullMarked;
