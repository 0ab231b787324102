/** The Helm chart: what it renders, what the API server says of it, and what its roles and policies let through. */
@NullMarked
package io.portclaim.operator.chart;

import org.jspecify.annotations.NullMarked;
