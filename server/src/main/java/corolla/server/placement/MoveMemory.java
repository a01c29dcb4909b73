package corolla.server.placement;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a server from moving to and fro: not twice in a row for the same reason, and not again soon for anything less than a block without
 * a server. Pure: takes the time as a parameter. Confined.
 */
public final class MoveMemory {
    private final Duration rest;
    private final Duration sameReason;
    private Move.@Nullable Reason last;
    private long lastNanoTime;
    private boolean refused; // a move for the last reason

    /**
     * Nothing remembered.
     *
     * @param rest after a move, before one that only strengthens a weak block
     * @param sameReason how long a reason is remembered, when no other move comes between: the swarm may be another by then
     */
    public MoveMemory(Duration rest, Duration sameReason) {
        this.rest = rest;
        this.sameReason = sameReason;
    }

    /** Whether {@code move} may be made. */
    public boolean allows(Move move, long nanoTime) {
        Move.Reason before = last;
        if (before == null) {
            return true;
        }
        long since = nanoTime - lastNanoTime;
        if (before.equals(move.reason()) && since < sameReason.toNanos()) {
            refused = true;
            return false;
        }
        return move.reason().kind() == Move.Kind.HOLE || since >= rest.toNanos();
    }

    /**
     * Whether it makes no moves but for missing blocks: soon after a move, and when a move for the same reason has been refused. Others are told,
     * lest they wait for it.
     */
    public boolean isResting(long nanoTime) {
        long since = nanoTime - lastNanoTime;
        return last != null && (since < rest.toNanos() || (refused && since < sameReason.toNanos()));
    }

    /** {@code move} has been made, or has failed. */
    public void moved(Move move, long nanoTime) {
        last = move.reason();
        lastNanoTime = nanoTime;
        refused = false;
    }
}
