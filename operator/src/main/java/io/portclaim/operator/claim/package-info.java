/** What the protocol needs to serve claims in a cluster: requests, watches, JOSDK, admission and usability. */
@NullMarked
package io.portclaim.operator.claim;

import org.jspecify.annotations.NullMarked;
