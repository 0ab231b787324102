/** The metrics that Prometheus scrapes. */
@NullMarked
package io.portclaim.operator.metrics;

import org.jspecify.annotations.NullMarked;
