package io.portclaim.agent.census;

import io.portclaim.agent.proc.TcpState;

/**
 * Connections to one peer, of one user, that were left as they are.
 *
 * @param state CLOSE_WAIT: the peer has closed, the process here has not; FIN_WAIT2: the other way round
 * @param remoteAddress the peer
 * @param remotePort the peer's port
 * @param uid the user of the process here; 0 also where no process has accepted it yet
 * @param connections how many, at least
 */
public record Leak(TcpState state, String remoteAddress, int remotePort, long uid, int connections) {}
