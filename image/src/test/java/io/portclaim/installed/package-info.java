/** The operator as its users have it: installed by the chart on nodes that run pods, its image, rights and all. */
@NullMarked
package io.portclaim.operator.installed;

import org.jspecify.annotations.NullMarked;
