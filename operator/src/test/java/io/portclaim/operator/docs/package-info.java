/** What a newcomer meets, the examples and the pages, held against a real API server. */
@NullMarked
package io.portclaim.operator.docs;

import org.jspecify.annotations.NullMarked;
