/** What the cluster tells of its nodes, pods, Services and namespaces: watched, pruned to what matters, kept in memory. */
@NullMarked
package io.portclaim.operator.node;

import org.jspecify.annotations.NullMarked;
