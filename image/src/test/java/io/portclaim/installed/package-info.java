/** The product as its users have it: the demo, and the chart installed on nodes that run pods, with image, rights and all. */
@NullMarked
package io.portclaim.installed;

import org.jspecify.annotations.NullMarked;
