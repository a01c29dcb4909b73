package corolla.swarm.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.swarm.ServerDetails;
import java.util.List;

/**
 * How busy a server was when it announced itself. Announced under {@link #EXTENSION} as {@code [sessions, waiting]}.
 *
 * @param sessions open inference sessions
 * @param waiting steps that waited for the compute threads
 */
public record ServerLoad(int sessions, int waiting) {
    /** Key among a server's announced extensions. */
    public static final String EXTENSION = "x_load";

    private static final ServerLoad NONE = new ServerLoad(0, 0);

    /** More than any server lets in: a larger figure is a wrong one. */
    private static final int COUNT_MAX = 1 << 16;

    public ServerLoad {
        if (sessions < 0 || waiting < 0) {
            throw new IllegalArgumentException("a load of " + sessions + " sessions and " + waiting + " steps");
        }
    }

    public Pack write() {
        return Pack.list(sessions, waiting);
    }

    /** What a server announces; nothing where it announces none, or nonsense. */
    public static ServerLoad of(ServerDetails details) {
        Pack value = details.extensions().get(EXTENSION);
        if (value == null) {
            return NONE;
        }
        try {
            List<Pack> counts = value.asList();
            return counts.size() < 2 ? NONE : new ServerLoad(count(counts.get(0)), count(counts.get(1)));
        } catch (ProtocolException malformed) {
            return NONE; // it is only advice
        }
    }

    private static int count(Pack value) throws ProtocolException {
        long count = value.asLong();
        if (count < 0 || count > COUNT_MAX) {
            throw new ProtocolException("a load of " + count);
        }
        return (int) count;
    }
}
