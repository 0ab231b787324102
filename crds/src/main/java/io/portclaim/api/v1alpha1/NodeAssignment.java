package io.portclaim.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a claim holds on some nodes.
 *
 * @param names the nodes, sorted
 * @param ports the ports it holds on each of them; empty where it has none yet
 * @param message why there are none, or what is wrong with them
 */
public record NodeAssignment(
        List<String> names,
        @Nullable List<AssignedPort> ports,
        @Nullable String message) {}
