package corolla.client.routing;

import corolla.client.routing.RoutePolicy.Handover;
import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses servers for a span of blocks. Pure: the same view, pings and request always give the same route.
 *
 * <p>Latency is a shortest path over vertices "the hidden state after block k-1 is at server p". Costs are those of stock Petals
 * (petals-behaviour, "min_latency"), in seconds: half a round trip for each way, a fixed overhead for each server, the block time that
 * the server announces for each block, and a penalty where its cache is too full.
 */
public final class RoutePlanner {
    /** Serialisation and handling of one request, as Petals assumes. */
    static final double OVERHEAD_SECONDS = 0.018;

    /** One way, when nobody has measured. */
    static final double DELAY_UNKNOWN_SECONDS = 0.15;

    /** One way at most; also that of a server that did not answer a ping (it may still serve). */
    static final double DELAY_MAX_SECONDS = 5;

    static final double CACHE_PENALTY_SECONDS = 10;

    /** Blocks per second and token, when a server announces none. */
    static final double INFERENCE_RPS_UNKNOWN = 300;

    /** Weight of a server that did not answer a ping, where others weigh as many as they have blocks. */
    private static final double UNREACHABLE_WEIGHT = 1e-6;

    private RoutePlanner() {}

    /**
     * The route on which a step of one token is fastest.
     *
     * @param pings measured round trips from here in seconds, positive infinity for a server that did not answer
     * @return empty when some block of {@code wanted} has no usable server
     */
    public static Optional<Route> fastest(SwarmView view, Map<PeerId, Double> pings, Span wanted, RoutePolicy policy) {
        List<PeerSpan> servers = usable(view, wanted, policy);
        return new ShortestPath(servers, pings, wanted, policy).find();
    }

    /**
     * A route that spreads load: at each block one of its servers, the more likely the more blocks it has.
     *
     * @return empty when some block of {@code wanted} has no usable server
     */
    public static Optional<Route> spread(
            SwarmView view, Map<PeerId, Double> pings, Span wanted, RoutePolicy policy, RandomGenerator random) {
        List<PeerSpan> servers = usable(view, wanted, policy);
        var hops = new ArrayList<Hop>();
        int block = wanted.start();
        while (block < wanted.end()) {
            int at = block;
            List<PeerSpan> candidates = servers.stream()
                    .filter(server -> server.span().contains(at))
                    .toList();
            if (candidates.isEmpty()) {
                return Optional.empty();
            }
            PeerSpan chosen = draw(candidates, pings, random);
            int end = Math.min(chosen.span().end(), wanted.end());
            hops.add(new Hop(chosen.peer(), new Span(block, end)));
            block = end;
        }
        return Optional.of(new Route(hops, seconds(hops, servers, pings)));
    }

    private static List<PeerSpan> usable(SwarmView view, Span wanted, RoutePolicy policy) {
        return view.spans(ServerState.ONLINE).stream()
                .filter(server -> !policy.excluded().contains(server.peer()))
                .filter(server -> server.span().intersection(wanted).isPresent())
                .toList();
    }

    private static PeerSpan draw(List<PeerSpan> candidates, Map<PeerId, Double> pings, RandomGenerator random) {
        double[] weights = candidates.stream()
                .mapToDouble(server -> isUnreachable(server.peer(), pings) ? UNREACHABLE_WEIGHT : server.length())
                .toArray();
        double drawn = random.nextDouble() * Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length - 1; i++) {
            drawn -= weights[i];
            if (drawn < 0) {
                return candidates.get(i);
            }
        }
        return candidates.getLast();
    }

    private static boolean isUnreachable(PeerId peer, Map<PeerId, Double> pings) {
        return pings.getOrDefault(peer, 0.0) == Double.POSITIVE_INFINITY;
    }

    private static double seconds(List<Hop> hops, List<PeerSpan> servers, Map<PeerId, Double> pings) {
        double sum = 0;
        for (Hop hop : hops) {
            PeerSpan server = servers.stream()
                    .filter(candidate -> candidate.peer().equals(hop.peer()))
                    .findFirst()
                    .orElseThrow();
            sum += 2 * delay(pings.get(hop.peer()))
                    + OVERHEAD_SECONDS
                    + hop.span().length() * blockSeconds(server);
        }
        return sum;
    }

    /** One way, of a round trip that may be unknown. */
    static double delay(@Nullable Double roundTrip) {
        return roundTrip == null ? DELAY_UNKNOWN_SECONDS : Math.min(roundTrip / 2, DELAY_MAX_SECONDS);
    }

    static double blockSeconds(PeerSpan server) {
        Double rps = server.info().details().inferenceRps();
        return 1 / (rps == null || rps <= 0 ? INFERENCE_RPS_UNKNOWN : rps);
    }

    /**
     * Shortest path through a graph that is ordered by blocks, so one pass over the blocks is enough. {@code cost[p]} is that of having
     * the hidden state before the current block at server p.
     */
    private static final class ShortestPath {
        private final List<PeerSpan> servers;
        private final Map<PeerId, Double> pings;
        private final Span wanted;
        private final RoutePolicy policy;
        private final int[][]
                cameFrom; // [block - start][server]: the server of the block before, itself included; -1 for the client
        private double[] cost;

        ShortestPath(List<PeerSpan> servers, Map<PeerId, Double> pings, Span wanted, RoutePolicy policy) {
            this.servers = servers;
            this.pings = pings;
            this.wanted = wanted;
            this.policy = policy;
            this.cameFrom = new int[wanted.length()][servers.size()];
            this.cost = infinite();
        }

        Optional<Route> find() {
            for (int block = wanted.start(); block < wanted.end(); block++) {
                cost = run(block);
            }
            int last = -1;
            double best = Double.POSITIVE_INFINITY;
            for (int p = 0; p < servers.size(); p++) {
                double total = cost[p] + clientDelay(p);
                if (total < best) {
                    best = total;
                    last = p;
                }
            }
            return last < 0 ? Optional.empty() : Optional.of(new Route(trace(last), best));
        }

        /** Costs after {@code block}, out of those before it. */
        private double[] run(int block) {
            double[] after = infinite();
            for (int q = 0; q < servers.size(); q++) {
                if (!servers.get(q).span().contains(block)) {
                    continue;
                }
                int from = bestBefore(block, q);
                double before = block == wanted.start() ? enterFromClient(q) : costOfMove(from, q);
                cameFrom[block - wanted.start()][q] = from;
                after[q] = before + blockSeconds(servers.get(q));
            }
            return after;
        }

        private int bestBefore(int block, int q) {
            if (block == wanted.start()) {
                return -1;
            }
            int best = q; // staying wins ties
            for (int p = 0; p < servers.size(); p++) {
                if (costOfMove(p, q) < costOfMove(best, q)) {
                    best = p;
                }
            }
            return best;
        }

        private double costOfMove(int p, int q) {
            if (p == q || cost[p] == Double.POSITIVE_INFINITY) {
                return cost[p];
            }
            return cost[p] + wayBetween(p, q) + OVERHEAD_SECONDS + cachePenalty(q);
        }

        private double enterFromClient(int q) {
            return clientDelay(q) + OVERHEAD_SECONDS + cachePenalty(q);
        }

        private double wayBetween(int p, int q) {
            if (policy.handover() == Handover.THROUGH_CLIENT) {
                return clientDelay(p) + clientDelay(q);
            }
            Map<PeerId, Double> announced = servers.get(p).info().details().nextPings();
            return delay(announced == null ? null : announced.get(servers.get(q).peer()));
        }

        private double clientDelay(int p) {
            return delay(pings.get(servers.get(p).peer()));
        }

        private double cachePenalty(int p) {
            PeerSpan server = servers.get(p);
            Long left = server.info().details().cacheTokensLeft();
            // The announced figure counts a key or a value of one block per token; a session takes both, in up to all
            // blocks.
            boolean full = left != null && 2 * policy.cacheTokens() * server.length() > left;
            return policy.cacheTokens() > 0 && full ? CACHE_PENALTY_SECONDS : 0;
        }

        private List<Hop> trace(int last) {
            var hops = new ArrayList<Hop>();
            int server = last;
            int end = wanted.end();
            for (int block = wanted.end() - 1; block >= wanted.start(); block--) {
                int before = cameFrom[block - wanted.start()][server];
                if (before != server) {
                    hops.addFirst(new Hop(servers.get(server).peer(), new Span(block, end)));
                    end = block;
                    server = before;
                }
            }
            return hops;
        }

        private double[] infinite() {
            double[] costs = new double[servers.size()];
            Arrays.fill(costs, Double.POSITIVE_INFINITY);
            return costs;
        }
    }
}
