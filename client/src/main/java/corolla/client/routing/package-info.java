/**
 * Which servers a session uses: the swarm's view out of the DHT, measured round trips, bans, and the shortest path through all
 * of it. {@link corolla.client.routing.RoutePlanner} decides, {@link corolla.client.routing.Router} acts.
 *
 * <p>Follows stock Petals' {@code min_latency} and {@code max_throughput} modes, with these differences: banned servers are left out at
 * the moment of routing (not at the next refresh), servers of the first blocks are pinged too, a span may be left anywhere, and where
 * hidden states return to the client between servers, that way is what counts.
 */
@NullMarked
package corolla.client.routing;

import org.jspecify.annotations.NullMarked;
