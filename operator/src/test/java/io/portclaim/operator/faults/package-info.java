/** The operator among crashes, twins and users who do anything: what it published is judged from outside. */
@NullMarked
package io.portclaim.operator.faults;

import org.jspecify.annotations.NullMarked;
