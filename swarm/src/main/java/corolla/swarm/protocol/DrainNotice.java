package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.ServerDetails;
import java.util.OptionalDouble;

/**
 * What a server that is about to stop, or to move to other blocks, tells a session with each answer, so that its client goes elsewhere in
 * good time. Servers that do so announce it under {@link #EXTENSION}; a client that wants it says so in the first message of a session,
 * under the same name; the notice is a key of the answer's metadata, also of that name. Immutable.
 *
 * @param secondsLeft until the server ends the session; not negative
 */
public record DrainNotice(double secondsLeft) {
    /** Key among a server's announced extensions, where the value is {@link #VERSION}; of a request's metadata; and of an answer's. */
    public static final String EXTENSION = "x_drain";

    public static final long VERSION = 1;

    public DrainNotice {
        if (!(secondsLeft >= 0) || Double.isInfinite(secondsLeft)) {
            throw new IllegalArgumentException(secondsLeft + " seconds left");
        }
    }

    /** Whether a server gives such notices to those that ask. */
    public static boolean isAnnounced(ServerDetails details) {
        Pack value = details.extensions().get(EXTENSION);
        try {
            return value != null && value.asLong() >= VERSION;
        } catch (ProtocolException notANumber) {
            return false; // the key of somebody else
        }
    }

    /** The metadata of an answer. */
    public byte[] write() {
        return Pack.map().put(EXTENSION, secondsLeft).build().encode();
    }

    /**
     * The seconds left that an answer tells of; empty when it tells of none.
     *
     * @param metadata of the answer; it is only advice, so nonsense counts as none
     */
    public static OptionalDouble read(byte[] metadata) {
        if (metadata.length == 0) {
            return OptionalDouble.empty();
        }
        try {
            Pack value = Pack.decode(metadata).get(EXTENSION);
            double seconds = value.isNil() ? -1 : value.asDouble();
            return seconds >= 0 && Double.isFinite(seconds) ? OptionalDouble.of(seconds) : OptionalDouble.empty();
        } catch (ProtocolException nonsense) {
            return OptionalDouble.empty();
        }
    }
}
