package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.ServerDetails;

/**
 * Whether a server takes part in pushes as our clients need them: it hands on the tensors of the step at hand (stock servers hand on those
 * of the session's first step), takes a pushed step as its client's own, and answers each step once. Announced under {@link #EXTENSION}.
 */
public final class PushSupport {
    /** Key among a server's announced extensions; the value is {@link #VERSION}. */
    public static final String EXTENSION = "x_push";

    public static final long VERSION = 1;

    private PushSupport() {}

    /** Whether a client may rely on this server's pushes, and on its taking those of others. */
    public static boolean isAnnounced(ServerDetails details) {
        Pack value = details.extensions().get(EXTENSION);
        if (value == null) {
            return false;
        }
        try {
            return value.asLong() >= VERSION;
        } catch (ProtocolException notANumber) {
            return false; // the key of somebody else
        }
    }
}
