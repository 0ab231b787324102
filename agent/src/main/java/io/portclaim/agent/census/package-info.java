/** What sockets add up to: ports in use, destinations, listeners, leaks. Pure; memory is bounded whatever the node does. */
@NullMarked
package io.portclaim.agent.census;

import org.jspecify.annotations.NullMarked;
