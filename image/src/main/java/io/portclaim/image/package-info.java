/** The training of the image's JVMs, which is part of its build: Maven's profile image runs it. */
@NullMarked
package io.portclaim.image;

import org.jspecify.annotations.NullMarked;
