/** The agent: looks at its node's own ports, and writes the node's PortReport when something of it changes. */
@NullMarked
package io.portclaim.agent;

import org.jspecify.annotations.NullMarked;
