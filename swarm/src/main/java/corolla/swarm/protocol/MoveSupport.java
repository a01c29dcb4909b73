package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.ServerDetails;
import java.util.List;

/**
 * Whether a server moves to other blocks by our rule when the swarm needs it, so that others can leave a gap to it. Announced under {@link
 * #EXTENSION} as {@code [version, ready]}; not by servers whose blocks are pinned.
 */
public enum MoveSupport {
    /** It does not, or by another rule. */
    NONE,
    /** To blocks that nobody serves; for less it has moved too lately. */
    RESTING,
    /** Whenever it helps. */
    READY;

    /** Key among a server's announced extensions. */
    public static final String EXTENSION = "x_moves";

    /** The number of the rule. */
    public static final long VERSION = 1;

    /** What is announced of one that moves. */
    public static Pack write(boolean ready) {
        return Pack.list(VERSION, ready ? 1 : 0);
    }

    /** What a server announces; none where it is nonsense, or another rule. */
    public static MoveSupport of(ServerDetails details) {
        Pack value = details.extensions().get(EXTENSION);
        if (value == null) {
            return NONE;
        }
        try {
            List<Pack> parts = value.asList();
            if (parts.size() < 2 || parts.get(0).asLong() != VERSION) {
                return NONE;
            }
            return parts.get(1).asLong() == 1 ? READY : RESTING;
        } catch (ProtocolException malformed) {
            return NONE; // the key of somebody else
        }
    }
}
