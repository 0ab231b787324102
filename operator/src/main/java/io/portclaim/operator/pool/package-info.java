/** Pools: what they say, which nodes they serve, and how full they are. */
@NullMarked
package io.portclaim.operator.pool;

import org.jspecify.annotations.NullMarked;
