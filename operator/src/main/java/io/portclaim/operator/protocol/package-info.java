/**
 * The protocol that keeps the promise (docs/protocol.md): what is done, and in which order. Pure: it has no Kubernetes client,
 * starts no thread, reads no clock. What it needs from outside are interfaces of this package, so that a simulator can run the
 * same code.
 */
@NullMarked
package io.portclaim.operator.protocol;

import org.jspecify.annotations.NullMarked;
