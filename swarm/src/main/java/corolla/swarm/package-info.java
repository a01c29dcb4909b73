/**
 * Names and facts of a swarm, as records without I/O: {@link corolla.swarm.BlockUid}, {@link corolla.swarm.Span},
 * {@link corolla.swarm.ServerInfo}, {@link corolla.swarm.SwarmView}, and the errors of a swarm that cannot serve
 * ({@link corolla.swarm.SwarmException}).
 */
@NullMarked
package corolla.swarm;

import org.jspecify.annotations.NullMarked;
