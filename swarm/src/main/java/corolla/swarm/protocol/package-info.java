/**
 * What is said to a server: messages ({@link corolla.swarm.protocol.ExpertMessages}), the metadata of a request
 * ({@link corolla.swarm.protocol.RequestMetadata}) and the answer of {@code rpc_info}
 * ({@link corolla.swarm.protocol.RpcInfo}). Bytes come from peers: readers check before they believe.
 */
@NullMarked
package corolla.swarm.protocol;

import org.jspecify.annotations.NullMarked;
