/** The operator's image: what its JVM is trained with while it is built, and whether it does what it should. */
@NullMarked
package io.portclaim.operator.image;

import org.jspecify.annotations.NullMarked;
