/**
 * The operator, put together and started.
 *
 * <p>The words that the code, its messages and its documentation use, one for each thing:
 *
 * <dl>
 *   <dt>slot
 *   <dd>(node, protocol, port): what must be unique. It covers every address of the node, IPv4 and IPv6.
 *   <dt>pool
 *   <dd>a PortPool: ranges without what must not be assigned, on the nodes that it selects.
 *   <dt>claim
 *   <dd>a PortClaim: a request of a namespace for named ports.
 *   <dt>scope
 *   <dd>Node: a number for each node. Cluster: one number that is unique on every node, also on those that join later.
 *   <dt>assignment
 *   <dd>the ports that a claim holds on a node, or on all nodes; the claim's status records it.
 *   <dt>place
 *   <dd>where an assignment holds a port: a node, or all nodes.
 *   <dt>usable
 *   <dd>of a port on a node: in a range of the pool, not excluded, and outside the node's ephemeral range unless the kernel
 *       reserves it there.
 *   <dt>decide, commit, publish, report, settle
 *   <dd>the steps of a claim: slots are reserved in the index, made durable in the ledger, written to the ConfigMap, written to
 *       the status, and no longer pending.
 *   <dt>withdraw
 *   <dd>an assignment is taken out of ConfigMap and status, before it is released.
 *   <dt>release
 *   <dd>an assignment ends. Its slots are then blocked while a ConfigMap, a pod or a process uses them, then cooling for the
 *       pool's cooldown, then free.
 *   <dt>ledger
 *   <dd>the PortLedger: the record that each decision is written to before anyone can see it.
 *   <dt>fence, take-over
 *   <dd>the write that shuts out an earlier leader; the steps from there to serving.
 *   <dt>report, scan, listener
 *   <dd>what an agent writes about its node; one look at /proc; a socket that a process listens on.
 *   <dt>node profile
 *   <dd>what two nodes must have in common so that the same ports are usable on both.
 *   <dt>requeue
 *   <dd>a claim is put back into the work queue.
 *   <dt>CRD
 *   <dd>a custom resource definition.
 * </dl>
 */
@NullMarked
package io.portclaim.operator;

import org.jspecify.annotations.NullMarked;
