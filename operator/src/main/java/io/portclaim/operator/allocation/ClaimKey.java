package io.portclaim.operator.allocation;

/**
 * The name under which ports are held: a claim's, or that of a pod with ports of its own. Two claims, or two pods, may bear it
 * one after the other: identity is the UID.
 *
 * @param namespace the namespace
 * @param name the claim's name; of a pod, {@code pod/} and its name, which no claim can have
 */
public record ClaimKey(String namespace, String name) {
    private static final String POD = "pod/";

    /** The name under which this pod's ports are held. */
    public static ClaimKey ofPod(String namespace, String pod) {
        return new ClaimKey(namespace, POD + pod);
    }

    /** Whether a pod holds ports under it. */
    public boolean isPod() {
        return name.startsWith(POD);
    }

    /** The name of the object: what the API server calls it. */
    public String objectName() {
        return isPod() ? name.substring(POD.length()) : name;
    }

    @Override
    public String toString() {
        return namespace + "/" + objectName();
    }
}
