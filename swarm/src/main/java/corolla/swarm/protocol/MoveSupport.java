package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.ServerDetails;

/**
 * Whether a server moves to other blocks by our rule when the swarm needs it, so that others can leave a gap to it. Announced under {@link
 * #EXTENSION}; not by servers whose blocks are pinned.
 */
public final class MoveSupport {
    /** Key among a server's announced extensions; the value is {@link #VERSION}, the number of the rule. */
    public static final String EXTENSION = "x_moves";

    public static final long VERSION = 1;

    private MoveSupport() {}

    /** Whether a server follows the same rule as we do. */
    public static boolean isAnnounced(ServerDetails details) {
        Pack value = details.extensions().get(EXTENSION);
        try {
            return value != null && value.asLong() == VERSION;
        } catch (ProtocolException notANumber) {
            return false; // the key of somebody else
        }
    }
}
