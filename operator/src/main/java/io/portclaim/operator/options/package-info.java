/** What can be set: each setting once, as a flag and as an environment variable, and the reader of both. */
@NullMarked
package io.portclaim.operator.options;

import org.jspecify.annotations.NullMarked;
