/**
 * The API of {@code portclaim.io/v1alpha1}: immutable values as they stand in the API server. Fields that a later version
 * adds are skipped when read, and absent values are left out when written.
 */
@NullMarked
package io.portclaim.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
