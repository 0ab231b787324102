/** What makes the protocol run in a real process: its threads and its time. */
@NullMarked
package io.portclaim.operator.threads;

import org.jspecify.annotations.NullMarked;
