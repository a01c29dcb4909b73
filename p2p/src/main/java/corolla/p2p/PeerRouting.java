package corolla.p2p;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.util.List;

/** Finds addresses of a peer that is known by its id only. Thread-safe. */
@FunctionalInterface
public interface PeerRouting {

    /**
     * Looks a peer up.
     *
     * @return addresses to try, best first, with or without {@code /p2p/ID} at the end; empty when nobody knows the peer
     */
    List<Multiaddr> findPeer(PeerId peer, Deadline deadline) throws IOException, InterruptedException;
}
