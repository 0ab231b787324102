/** What the operator answers over HTTP: whether it is alive and ready, and its metrics. */
@NullMarked
package io.portclaim.operator.http;

import org.jspecify.annotations.NullMarked;
