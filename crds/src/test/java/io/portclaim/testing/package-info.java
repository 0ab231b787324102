/** A real API server for tests of every module. */
@NullMarked
package io.portclaim.testing;

import org.jspecify.annotations.NullMarked;
