/** What a user can rely on, shown on a real API server: one class for each behaviour, readable as documentation. */
@NullMarked
package io.portclaim.operator.behaviour;

import org.jspecify.annotations.NullMarked;
