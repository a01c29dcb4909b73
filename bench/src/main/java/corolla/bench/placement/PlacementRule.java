package corolla.bench.placement;

import corolla.server.placement.Placement;
import corolla.swarm.Span;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** When a server moves, and where to. Stateless: what is remembered is the peer's. */
interface PlacementRule {

    /** The first choice of a server that joins. */
    Span choose(Placement seen, int blocks);

    /** Where {@code peer} should go now; empty to stay. */
    Optional<Span> move(Placement seen, Peer peer, double now, RandomGenerator random);

    /**
     * Whether moves keep blocks that stay, claim the others first, and let sessions end, and silent servers are noticed; else everything stops and
     * begins anew.
     */
    boolean isGentle();

    Times times();
}
