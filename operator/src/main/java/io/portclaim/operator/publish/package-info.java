/** What users and pods get to see: ConfigMaps and statuses, rendered from facts and read back, without a client. */
@NullMarked
package io.portclaim.operator.publish;

import org.jspecify.annotations.NullMarked;
