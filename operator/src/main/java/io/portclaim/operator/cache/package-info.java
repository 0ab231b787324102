/** What is kept of the objects that are watched, in little memory. */
@NullMarked
package io.portclaim.operator.cache;

import org.jspecify.annotations.NullMarked;
