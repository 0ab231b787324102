package io.portclaim.operator.node;

import org.jspecify.annotations.Nullable;

/**
 * A node came, went, or changed its labels or its facts.
 *
 * @param name the node
 * @param before what was known of it; null where it was not there
 * @param after what is known of it now; null where it is gone
 */
public record NodeChange(String name, Nodes.@Nullable KnownNode before, Nodes.@Nullable KnownNode after) {}
