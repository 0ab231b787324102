/** What a newcomer meets, the examples, the pages and the demo, held against a real API server. */
@NullMarked
package io.portclaim.operator.docs;

import org.jspecify.annotations.NullMarked;
