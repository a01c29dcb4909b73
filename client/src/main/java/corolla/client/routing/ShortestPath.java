package corolla.client.routing;

import corolla.swarm.PeerSpan;
import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Shortest path over vertices "the hidden state after block k-1 is at server p". The graph is ordered by blocks, so one pass over the
 * blocks is enough; servers are entered and left at any of their blocks. {@code cost[p]} is that of having the hidden state before the
 * current block at server p. Confined.
 */
final class ShortestPath {
    private final List<PeerSpan> servers;
    private final RouteCosts costs;
    private final Span wanted;
    private final @Nullable Pin pin;
    private final int[][]
            cameFrom; // [block - start][server]: the server of the block before, itself included; -1 for the client
    private double[] cost;

    /** One block that a certain server must run. */
    record Pin(int block, PeerSpan server) {}

    ShortestPath(List<PeerSpan> servers, RouteCosts costs, Span wanted) {
        this(servers, costs, wanted, null);
    }

    ShortestPath(List<PeerSpan> servers, RouteCosts costs, Span wanted, @Nullable Pin pin) {
        this.pin = pin;
        this.servers = servers;
        this.costs = costs;
        this.wanted = wanted;
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
            double total = cost[p] + costs.fromClient(servers.get(p));
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
            PeerSpan server = servers.get(q);
            if (!server.span().contains(block) || isElsewhere(server, block)) {
                continue;
            }
            boolean isFirst = block == wanted.start();
            int from = isFirst ? -1 : bestBefore(q);
            double before = isFirst ? costs.fromClient(server) + costs.entry(server) : costOfMove(from, q);
            cameFrom[block - wanted.start()][q] = from;
            after[q] = before + costs.block(server);
        }
        return after;
    }

    private boolean isElsewhere(PeerSpan server, int block) {
        return pin != null && pin.block == block && !pin.server.equals(server);
    }

    private int bestBefore(int q) {
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
        return cost[p] + costs.between(servers.get(p), servers.get(q)) + costs.entry(servers.get(q));
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
