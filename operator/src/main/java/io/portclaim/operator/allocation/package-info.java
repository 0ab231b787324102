/** Which slot is whose, and which comes next: pure logic that knows nothing of Kubernetes and takes a clock. */
@NullMarked
package io.portclaim.operator.allocation;

import org.jspecify.annotations.NullMarked;
