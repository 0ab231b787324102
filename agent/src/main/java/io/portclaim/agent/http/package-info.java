/** What the agent answers over HTTP: whether it is alive, and its metrics. */
@NullMarked
package io.portclaim.agent.http;

import org.jspecify.annotations.NullMarked;
