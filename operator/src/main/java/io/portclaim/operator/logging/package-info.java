/** How the operator logs: one line per fact, as text or JSON, each line about a named object. */
@NullMarked
package io.portclaim.operator.logging;

import org.jspecify.annotations.NullMarked;
