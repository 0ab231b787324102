package io.portclaim.operator.allocation;

/** What live pods use; the answers may be seconds old. Implementations are thread-safe. */
public interface PodUse {
    /** Whether a live pod at the release's place declares its port or refers to the ConfigMap that published it. */
    boolean stillUses(Release release);
}
