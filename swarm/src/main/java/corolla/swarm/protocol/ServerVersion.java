package corolla.swarm.protocol;

import corolla.base.msgpack.Pack;
import corolla.swarm.ServerDetails;
import org.jspecify.annotations.Nullable;

/** Which Petals we are, for peers that compare versions. */
public final class ServerVersion {
    /** The release whose protocol we speak: clients roll sessions back from 2.3 on. */
    public static final String PETALS = "2.3.0.dev2";

    /** Key of our own version among a server's announced extensions. */
    public static final String EXTENSION = "x_corolla";

    /** Our own version. */
    public static final String COROLLA = "0.1.0";

    private ServerVersion() {}

    /** Our version that a server announces, as it says it; null for others' servers. */
    public static @Nullable String corolla(ServerDetails details) {
        return details.extensions().get(EXTENSION) instanceof Pack.Text text ? text.value() : null;
    }
}
