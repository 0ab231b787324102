/** What the kernel says about a network namespace, read from proc(5). Parsing is pure. */
@NullMarked
package io.portclaim.agent.proc;

import org.jspecify.annotations.NullMarked;
