/** Port numbers, ranges and sets: pure values that know nothing of Kubernetes. */
@NullMarked
package io.portclaim.operator.ports;

import org.jspecify.annotations.NullMarked;
