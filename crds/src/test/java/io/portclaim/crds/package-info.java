/** Tests of the API: its files, its values, and what a real API server makes of them. */
@NullMarked
package io.portclaim.crds;

import org.jspecify.annotations.NullMarked;
