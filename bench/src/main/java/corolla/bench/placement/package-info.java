/**
 * How well servers spread themselves over a model, without servers: the rules of {@link corolla.server.placement} and stock Petals' own,
 * on the same arrivals and losses, beside the best placement that a search finds. Start at {@link corolla.bench.placement.PlacementBench};
 * docs/placement.md says where this differs from a real swarm.
 */
@NullMarked
package corolla.bench.placement;

import org.jspecify.annotations.NullMarked;
