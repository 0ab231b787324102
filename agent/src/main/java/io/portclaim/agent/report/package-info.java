/** What a report says, and whether that is a change. Pure. */
@NullMarked
package io.portclaim.agent.report;

import org.jspecify.annotations.NullMarked;
