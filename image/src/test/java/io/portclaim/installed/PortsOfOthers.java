package io.portclaim.installed;

import java.util.stream.Stream;

/** Who has ports of node-1 without a claim, in every way there is: 29600-29602, 29604 and, on every node, 30105. */
final class PortsOfOthers {
    /** Listens on 29600 and says so to nobody. */
    private static final String LISTENER = """
            apiVersion: v1
            kind: Pod
            metadata: {name: listener, labels: {app: other}}
            spec:
              hostNetwork: true
              nodeName: node-1
              terminationGracePeriodSeconds: 0
              containers:
              - name: httpd
                image: portclaim.local/busybox:1
                command: [httpd, -f, -p, "29600", -h, /etc]
            """;

    /** Has 29601 forwarded to it. */
    private static final String HOST_PORT = """
            apiVersion: v1
            kind: Pod
            metadata: {name: host-port, labels: {app: other}}
            spec:
              nodeName: node-1
              terminationGracePeriodSeconds: 0
              containers:
              - name: httpd
                image: portclaim.local/busybox:1
                command: [httpd, -f, -p, "80", -h, /etc]
                ports: [{containerPort: 80, hostPort: 29601}]
            """;

    /** Listens on 29602, and says so. */
    private static final String HOST_NETWORK = """
            apiVersion: v1
            kind: Pod
            metadata: {name: host-network, labels: {app: other}}
            spec:
              hostNetwork: true
              nodeName: node-1
              terminationGracePeriodSeconds: 0
              containers:
              - name: httpd
                image: portclaim.local/busybox:1
                command: [httpd, -f, -p, "29602", -h, /etc]
                ports: [{containerPort: 29602}]
            """;

    private static final String NODE_PORT = """
            apiVersion: v1
            kind: Service
            metadata: {name: node-port}
            spec:
              type: NodePort
              selector: {app: nobody}
              ports: [{port: 80, nodePort: 30105}]
            """;

    /** As a file on the node, from which its kubelet runs it: the API server has a mirror of it. */
    private static final String STATIC = """
            apiVersion: v1
            kind: Pod
            metadata: {name: static}
            spec:
              hostNetwork: true
              containers:
              - name: sleep
                image: portclaim.local/busybox:1
                command: [sleep, "1000"]
                ports: [{containerPort: %d}]
            """;

    private static final String FILE = "/var/lib/kubelet/manifests/static.yaml";

    private PortsOfOthers() {}

    /** Has all of them there, their pods ready. */
    static void begin(Installation installation, String namespace) {
        Stream.of(LISTENER, HOST_PORT, HOST_NETWORK, NODE_PORT).forEach(yaml -> installation.apply(namespace, yaml));
        beginStatic(installation, 29604);
        installation.podsReady(namespace, "other", 3);
    }

    /** Has a static pod on node-1 that declares this port. */
    static void beginStatic(Installation installation, int port) {
        installation.cluster().exec("node-1", "sh", "-c", "echo \"$1\" > " + FILE, "sh", STATIC.formatted(port));
        awaitStatic(installation);
    }

    /** Returns when the API server has its mirror. */
    static void awaitStatic(Installation installation) {
        installation.cluster().kubectl("wait", "pod/static-node-1", "--for=create", "--timeout=120s");
    }

    /** Has it there no more. */
    static void endStatic(Installation installation) {
        installation.cluster().exec("node-1", "rm", "-f", FILE);
    }

    /** Has none of them there any more. */
    static void end(Installation installation, String namespace) {
        endStatic(installation);
        installation.cluster().kubectl("delete", "namespace", namespace);
    }
}
