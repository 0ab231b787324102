/** The agent's few exchanges with the API server, and who it is there. */
@NullMarked
package io.portclaim.agent.api;

import org.jspecify.annotations.NullMarked;
