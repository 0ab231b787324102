/** Who leads: the election by Lease, what follows when it is lost, and the look at another install's Lease. */
@NullMarked
package io.portclaim.operator.lease;

import org.jspecify.annotations.NullMarked;
