package corolla.server.placement;

import corolla.swarm.Span;

/**
 * Blocks that a server leaves for others, and why. Immutable.
 *
 * @param from where it is
 * @param to where it shall be; as many blocks
 * @param reason why
 * @param before tokens per second of the swarm's weakest block now
 * @param after the same when this move, and those of others that it is planned with, are done
 */
public record Move(Span from, Span to, Reason reason, double before, double after) {

    /**
     * What a move is for.
     *
     * @param kind what is wrong
     * @param block the weakest block, the first of equals
     */
    public record Reason(Kind kind, int block) {}

    /** What can be wrong with a placement. */
    public enum Kind {
        /** A block has no server: no answer can be had. */
        HOLE,
        /** A block is weaker than it need be. */
        WEAK
    }
}
