/**
 * Whether peers can be dialed: {@code ReachabilityProtocol.rpc_check} (Petals protocol §13.1), as asked by a node that wants to
 * know this of itself ({@link corolla.swarm.reachability.ReachabilityCalls}) and as answered by nodes that can be dialed, bootstrap
 * nodes among them ({@link corolla.swarm.reachability.ReachabilityService}).
 */
@NullMarked
package corolla.swarm.reachability;

import org.jspecify.annotations.NullMarked;
