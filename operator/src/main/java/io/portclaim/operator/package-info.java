/** The operator, put together and started. */
@NullMarked
package io.portclaim.operator;

import org.jspecify.annotations.NullMarked;
