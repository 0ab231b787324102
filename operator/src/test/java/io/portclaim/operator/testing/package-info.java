/** What tests share. */
@NullMarked
package io.portclaim.operator.testing;

import org.jspecify.annotations.NullMarked;
