/** What the operator tells Prometheus. */
@NullMarked
package io.portclaim.operator.metrics;

import org.jspecify.annotations.NullMarked;
