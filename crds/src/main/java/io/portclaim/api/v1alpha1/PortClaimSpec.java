package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a claim asks for.
 *
 * @param poolName the pool to take the ports from; absent: the default pool
 * @param scope whether a number is unique per node or across the cluster
 * @param nodeName Node scope: this one node
 * @param nodeSelector Node scope: the pool's nodes with these labels
 * @param allNodes Node scope: every node of the pool
 * @param ports the ports by name, 1 to 64
 * @param configMapName the ConfigMap to publish to; absent: {@code <claim>-ports}
 * @param whenFull Scope Pod: what becomes of a pod for which no node has free ports; absent: it waits
 */
@ValidationRule(
        value = "self.scope != 'Node' || has(self.nodeName) || has(self.nodeSelector) || has(self.allNodes)",
        message = "scope Node needs a selection of nodes: set one of nodeName: <node>, nodeSelector: {matchLabels:"
                + " {...}} or allNodes: true")
@ValidationRule(
        value = "self.scope != 'Node' ||"
                + " [has(self.nodeName), has(self.nodeSelector), has(self.allNodes)].filter(set, set).size() < 2",
        message = "nodeName, nodeSelector and allNodes exclude each other: keep only the one that you need")
@ValidationRule(
        value = "self.scope != 'Cluster' || !(has(self.nodeName) || has(self.nodeSelector) || has(self.allNodes))",
        message = "scope Cluster requests one number for all nodes of the cluster: leave out nodeName, nodeSelector"
                + " and allNodes, or use scope: Node")
@ValidationRule(
        value = "self.scope != 'Pod' || !(has(self.nodeName) || has(self.nodeSelector) || has(self.allNodes))",
        message = "scope Pod requests ports for each pod on the node that it is scheduled to: leave out nodeName,"
                + " nodeSelector and allNodes; the pod's own nodeSelector and affinity choose its node")
@ValidationRule(
        value = "self.scope != 'Pod' || self.ports.all(each, !has(each.port))",
        fieldPath = ".ports",
        message =
                "scope Pod assigns other numbers to each pod: leave out port, or use scope: Node or scope: Cluster for"
                        + " a number of your choice")
@ValidationRule(
        value = "self.scope == 'Pod' || !has(self.whenFull)",
        fieldPath = ".whenFull",
        message = "whenFull is for scope Pod only, because other claims have no pods that wait: leave it out")
@ValidationRule(
        value =
                "has(self.poolName) == has(oldSelf.poolName) && (!has(self.poolName) || self.poolName == oldSelf.poolName)",
        fieldPath = ".poolName",
        message =
                "poolName cannot be set, changed or removed later: to use another pool, delete the claim and create it"
                        + " again")
@ValidationRule(
        value = "has(self.nodeName) == has(oldSelf.nodeName) && has(self.nodeSelector) == has(oldSelf.nodeSelector)"
                + " && has(self.allNodes) == has(oldSelf.allNodes)",
        message = "a claim cannot be switched between nodeName, nodeSelector and allNodes: to use another of them,"
                + " delete the claim and create it again")
@ValidationRule(
        value =
                "has(self.configMapName) == has(oldSelf.configMapName) && (!has(self.configMapName) || self.configMapName == oldSelf.configMapName)",
        fieldPath = ".configMapName",
        message = "configMapName cannot be set, changed or removed later, because pods read the ConfigMap by its name:"
                + " to use another, delete the claim and create it again")
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PortClaimSpec(
        @JsonPropertyDescription(
                "Name of the PortPool that assigns the ports. Left out: the default pool (the one with the annotation"
                        + " portclaim.io/is-default-pool: \"true\"), which is looked up once and then recorded in"
                        + " status.poolName. Cannot be set, changed or removed later. Example: games.")
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = CelRules.DNS_SUBDOMAIN,
                message = "not the name of a PortPool: write lower-case letters, digits, '-' and '.', such as games")
        @Nullable
        String poolName,

        @JsonPropertyDescription(
                "Where a number must be unique. Node: a number per node, unique on that node; select the nodes with"
                        + " nodeName, nodeSelector or allNodes. Cluster: one number, unique on every node of the"
                        + " cluster, including nodes that join later. Pod: numbers of its own for each pod with the"
                        + " label portclaim.io/claim: <name of the claim>, unique on the node that the pod is"
                        + " scheduled to. Required, has no default, cannot be changed later.")
        @Required
        @ValidationRule(
                value = "self == oldSelf",
                message = "scope cannot be changed: delete the claim and create it again")
        Scope scope,

        @JsonPropertyDescription(
                "Scope Node only: the one node on which the claim holds ports. Exactly one of nodeName, nodeSelector"
                        + " and allNodes is set. Cannot be changed later. Example: node-a.")
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = CelRules.DNS_SUBDOMAIN,
                message = "not the name of a node: write it as `kubectl get nodes` shows it, such as node-a")
        @ValidationRule(
                value = "self == oldSelf",
                message = "nodeName cannot be changed, because the ports belong to that node: delete the claim and"
                        + " create it again")
        @Nullable
        String nodeName,

        @JsonPropertyDescription(
                "Scope Node only: the claim holds ports on every node of the pool that has these labels, including"
                        + " nodes that join later. The labels may be changed later, but the claim cannot be"
                        + " switched to nodeName or allNodes, or from them. For more than a few hundred nodes use"
                        + " scope Cluster. Example: {matchLabels: {role: gpu}}.")
        @SchemaFrom(type = LabelSelectorSchema.class)
        @ValidationRule(
                value = CelRules.SELECTOR_SAYS_SOMETHING,
                message = "nodeSelector must not be empty (is matchLabels spelt correctly?): for every node of the"
                        + " pool, use allNodes: true instead")
        @Nullable
        LabelSelector nodeSelector,

        @JsonPropertyDescription(
                "Scope Node only: the claim holds ports on every node of the pool, including nodes that join later."
                        + " true is the only value; to disable it, leave it out. For more than a few hundred nodes"
                        + " use scope Cluster.")
        @ValidationRule(
                value = "self",
                message = "allNodes can only be true: leave it out and set nodeName or nodeSelector instead")
        @Nullable
        Boolean allNodes,

        @JsonPropertyDescription(
                "The requested ports, 1 to 64, each with its own name. Ports may be added and removed later, and"
                        + " their count may be changed. On each node, all of them are assigned or none. Example:"
                        + " [{name: http}, {name: game, protocol: UDP, count: 4}].")
        @Required
        @Size(min = 1, max = 64)
        @ValidationRule(value = CelRules.NUMBERS_DISTINCT, messageExpression = CelRules.NUMBERS_DISTINCT_MESSAGE)
        List<PortRequest> ports,

        @JsonPropertyDescription(
                "Name of the ConfigMap, in the claim's namespace, that the ports are published to. Left out: the"
                        + " claim's name with -ports appended. A ConfigMap that does not belong to this claim is"
                        + " never changed. Cannot be set, changed or removed later. Example: web-ports.")
        @Size(min = 1, max = 253)
        @ValidationRule(
                value = CelRules.DNS_SUBDOMAIN,
                message = "not a name for a ConfigMap: write lower-case letters, digits, '-' and '.', starting and"
                        + " ending with a letter or digit, such as web-ports")
        @Nullable
        String configMapName,

        @JsonPropertyDescription(
                "Scope Pod only: what becomes of a pod for which no node of the pool has free ports. Wait: it starts"
                        + " as soon as ports become free; autoscalers do not see it. NewNode: once nothing cools, it"
                        + " may be scheduled to a node that joins later, which autoscalers see, and to no present"
                        + " node any more. Left out: Wait. May be changed later; the change concerns pods that"
                        + " wait.")
        @Nullable
        WhenFull whenFull) {
    /** A spec that says nothing about full pools. */
    public PortClaimSpec(
            @Nullable String poolName,
            Scope scope,
            @Nullable String nodeName,
            @Nullable LabelSelector nodeSelector,
            @Nullable Boolean allNodes,
            List<PortRequest> ports,
            @Nullable String configMapName) {
        this(poolName, scope, nodeName, nodeSelector, allNodes, ports, configMapName, null);
    }
}
