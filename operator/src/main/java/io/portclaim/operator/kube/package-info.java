/** Plain access to the API server, where the client's own calls would read first or parse too much. */
@NullMarked
package io.portclaim.operator.kube;

import org.jspecify.annotations.NullMarked;
