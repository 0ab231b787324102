package io.portclaim.operator.allocation;

import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;

/**
 * A node in plain numbers.
 *
 * @param annotated whether an annotation says its ephemeral range
 * @param ephemeralFirst the first of the five ports of that range
 * @param reserved one port that its kernel reserves
 */
record SimulatedNode(String name, boolean annotated, int ephemeralFirst, int reserved) {
    NodeFacts facts() {
        return new NodeFacts(
                name,
                annotated ? PortSet.of(new PortRange(ephemeralFirst, ephemeralFirst + 4)) : null,
                PortSet.of(new PortRange(reserved, reserved)),
                false,
                annotated ? NodeFacts.Source.ANNOTATED : NodeFacts.Source.ASSUMED);
    }
}
