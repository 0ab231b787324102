/** Claims: admitted, given ports, committed, published and reported, and let go of when they are gone. */
@NullMarked
package io.portclaim.operator.claim;

import org.jspecify.annotations.NullMarked;
