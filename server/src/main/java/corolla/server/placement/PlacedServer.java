package corolla.server.placement;

import corolla.swarm.Span;

/**
 * A server as placement sees it. Immutable.
 *
 * @param name the text of its peer id: what all nodes order by, so that they decide alike
 * @param span the blocks that it holds, or will hold when it has loaded them
 * @param throughput tokens per second that it claims for itself; finite, not negative
 * @param readiness to move
 */
public record PlacedServer(String name, Span span, double throughput, Readiness readiness) {

    /** For what a server can be relied on to move by {@link MovePlanner}'s rule. */
    public enum Readiness {
        /** Nothing: it is pinned, or a stock server, which has its own rule. */
        NEVER,
        /** Blocks that nobody serves: it has moved lately. */
        FOR_HOLES,
        /** Whatever makes the swarm faster. */
        ALWAYS
    }

    public PlacedServer {
        if (!Double.isFinite(throughput) || throughput < 0) {
            throw new IllegalArgumentException("throughput " + throughput + " is not a finite number of at least 0");
        }
    }

    PlacedServer at(Span other) {
        return new PlacedServer(name, other, throughput, readiness);
    }
}
