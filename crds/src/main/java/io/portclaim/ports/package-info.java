/** Port numbers, ranges and sets, as the API writes them: pure values that know nothing of Kubernetes clients. */
@NullMarked
package io.portclaim.ports;

import org.jspecify.annotations.NullMarked;
