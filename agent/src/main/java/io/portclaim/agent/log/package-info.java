/** The agent's log: lines to standard output, without a logging library, which would take more memory than the agent. */
@NullMarked
package io.portclaim.agent.log;

import org.jspecify.annotations.NullMarked;
