/** What is known of the cluster's nodes, pods, Services and namespaces: watched, pruned to what matters, kept in memory. */
@NullMarked
package io.portclaim.operator.node;

import org.jspecify.annotations.NullMarked;
