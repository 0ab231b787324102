/** What the tests of several modules share: a real API server, and readers of pages, metrics and logs. */
@NullMarked
package io.portclaim.testing;

import org.jspecify.annotations.NullMarked;
