/** The API of {@code portclaim.io/v1alpha1}: immutable values as they stand in the API server. */
@NullMarked
package io.portclaim.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
