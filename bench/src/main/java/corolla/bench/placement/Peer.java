package corolla.bench.placement;

import corolla.server.placement.Move;
import corolla.server.placement.MoveMemory;
import corolla.server.placement.PlacementConfig;
import corolla.swarm.Span;
import org.jspecify.annotations.Nullable;

/** A machine in the simulated swarm. Confined to the simulation. */
final class Peer {
    final Machine machine;
    final MoveMemory memory;

    /** What it computes for clients, or null. */
    @Nullable
    Span serving;

    /** What it tells others that it holds or will hold, or null. */
    @Nullable
    Span announced;

    /** What it told before, which others see until the news has reached them. */
    private @Nullable Span announcedBefore;

    private double announcedAt = Double.NEGATIVE_INFINITY;

    /** Where it is while its claim can be contested, or null. */
    @Nullable
    Span contested;

    double goneAt = Double.POSITIVE_INFINITY;
    boolean moving;

    /** The move that it is about to make, where the rule remembers. */
    @Nullable
    Move wished;

    Peer(Machine machine) {
        this.machine = machine;
        PlacementConfig config = PlacementConfig.defaults();
        this.memory = new MoveMemory(config.rest(), config.sameReason());
    }

    boolean isGone(double now) {
        return now >= goneAt;
    }

    void announce(@Nullable Span span, double now) {
        announcedBefore = announced;
        announced = span;
        announcedAt = now;
    }

    /** What others see. */
    @Nullable
    Span seen(double now, double age) {
        return now - announcedAt >= age ? announced : announcedBefore;
    }
}
