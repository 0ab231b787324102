/** Pods of claims of scope Pod, as the API server has them: watches, reads, gathers what the protocol asks for, and patches. */
@NullMarked
package io.portclaim.operator.pod;

import org.jspecify.annotations.NullMarked;
