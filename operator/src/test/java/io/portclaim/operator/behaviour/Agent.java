package io.portclaim.operator.behaviour;

import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.api.v1alpha1.PortReport;

/** A node's agent as the operator knows it: a pod, and the report that it writes. */
final class Agent {
    private final OperatorFixture fixture;
    private final String node;
    private Pod pod;
    private Pod reporter;

    private Agent(OperatorFixture fixture, String node) {
        this.fixture = fixture;
        this.node = node;
        this.pod = newPod("first", "tty: false");
        this.reporter = pod;
    }

    /** An agent that begins to report {@code range}, and nobody who listens. */
    static Agent on(OperatorFixture fixture, String node, String range) {
        Agent agent = new Agent(fixture, node);
        fixture.make(
                PortReport.class,
                "apiVersion: portclaim.io/v1alpha1\nkind: PortReport\nmetadata: {name: %s}".formatted(node));
        agent.write("ephemeralRange: %s, ephemeralPorts: 1, connectionsPerSecond: 1".formatted(range));
        return agent;
    }

    private Pod newPod(String name, String container) {
        return fixture.pod(fixture.namespace(), "agent-" + node + "-" + name, node, container);
    }

    /** The range and what the kernel reserves, from now on. */
    void reports(String range, String reserved) {
        write("ephemeralRange: %s, reservedPorts: %s".formatted(range, reserved.isEmpty() ? "null" : text(reserved)));
    }

    /** Where processes listen on TCP, from now on. */
    void sees(String tcp) {
        write("listeners: {tcp: %s}".formatted(tcp.isEmpty() ? "null" : text(tcp)));
    }

    private static String text(String value) {
        return "'" + value + "'";
    }

    private void write(String fields) {
        String listeners = fields.contains("listeners:") ? "" : "listeners: {}, ";
        fixture.client()
                .resources(PortReport.class)
                .withName(node)
                .subresource("status")
                .patch(
                        OperatorFixture.merge(),
                        fixture.json(
                                "status: {%s, %sreportedAt: '2026-01-01T00:00:00Z', reporter: {namespace: %s, name: %s, uid: %s}}"
                                        .formatted(
                                                fields,
                                                listeners,
                                                reporter.getMetadata().getNamespace(),
                                                reporter.getMetadata().getName(),
                                                reporter.getMetadata().getUid())));
    }

    /** Says from now on that {@code other} wrote it. */
    void forges(Agent other) {
        reporter = other.pod;
    }

    /** Takes the pod away, and leaves the report. */
    void uninstall() {
        fixture.removePod(pod);
    }

    /** Another pod takes its place, declares {@code hostPort}, and reports the same. */
    void isReplaced(int hostPort) {
        uninstall();
        pod = newPod("second", "ports: [{containerPort: %1$d, hostPort: %1$d}]".formatted(hostPort));
        reporter = pod;
        write("unprivilegedPortStart: 1024");
    }
}
