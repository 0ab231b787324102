/** What single steps take, measured by JMH: {@code dev/microbenchmark}. */
@NullMarked
package io.portclaim.jmh;

import org.jspecify.annotations.NullMarked;
