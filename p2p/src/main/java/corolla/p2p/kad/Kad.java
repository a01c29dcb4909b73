package corolla.p2p.kad;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.PeerRouting;
import java.io.IOException;
import java.util.List;

/** A node of libp2p's Kademlia: looks peers up and, as a server, answers others' lookups. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // the bodies follow
public final class Kad implements PeerRouting, AutoCloseable {

    private Kad() {}

    /**
     * Starts: serves if {@code mode} says so, becomes the host's peer routing, and keeps its own neighbourhood fresh. The
     * caller owns it and closes it before the host.
     */
    public static Kad start(Environment environment, Host host, Mode mode, KadLimits limits) {
        throw new IllegalStateException("" + environment + host + mode + limits);
    }

    /** Whether others may ask us. */
    public enum Mode {
        CLIENT,
        SERVER
    }

    @Override
    public List<Multiaddr> findPeer(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        throw new IOException("" + peer + deadline);
    }

    @Override
    public void close() {}
}
