package corolla.p2p.kad;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.PeerRouting;
import java.io.IOException;
import java.util.List;

/** A node of libp2p's Kademlia: looks peers up and, as a server, answers others' lookups. Thread-safe. */
public final class Kad implements PeerRouting, AutoCloseable {
    /** The protocol's id; hivemind keeps the default of the public network and stays apart by not connecting to it. */
    public static final String PROTOCOL = "/ipfs/kad/1.0.0";

    private static final System.Logger LOGGER = System.getLogger(Kad.class.getName());

    private final Environment environment;
    private final Host host;
    private final KadLimits limits;
    private final KadPeers peers;
    private final TaskScope scope;

    private Kad(Environment environment, Host host, KadLimits limits) {
        this.environment = environment;
        this.host = host;
        this.limits = limits;
        this.peers = new KadPeers(
                environment.clock(), new KadTable(host.peerId(), limits.closestMax(), limits.failuresMax()));
        this.scope = environment.tasks().open("kad of " + host.peerId().shortForm());
    }

    /** Whether others may ask us. */
    public enum Mode {
        CLIENT,
        SERVER
    }

    /**
     * Starts: serves if {@code mode} says so, becomes the host's peer routing, and keeps its own neighbourhood fresh. The
     * caller owns it and closes it before the host.
     */
    public static Kad start(Environment environment, Host host, Mode mode, KadLimits limits) {
        Kad kad = new Kad(environment, host, limits);
        if (mode == Mode.SERVER) {
            kad.serve();
        }
        host.onIdentified(kad.peers::identified);
        for (PeerId peer : host.connectedPeers()) {
            kad.peers.identified(peer, host.protocolsOf(peer));
        }
        host.setPeerRouting(kad);
        kad.scope.run("refresh", kad::refreshForever);
        return kad;
    }

    /** From now on others may ask us. */
    public void serve() {
        host.handle(PROTOCOL, new KadServer(host, peers, limits, environment.clock()));
    }

    /**
     * Asks ever nearer nodes for the peer, until one tells its addresses.
     *
     * @return empty when nobody knows it
     */
    @Override
    public List<Multiaddr> findPeer(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        // A lookup that cannot reach whom it asks must not start another lookup: two could wait for each other.
        if (peers.isAsked(peer) || peer.equals(host.peerId())) {
            return List.of();
        }
        return search(peer.bytes(), limits.closestAnsweredMin()).findTarget(deadline);
    }

    /** The nodes nearest to ourselves, nearest first; afterwards we are connected with them. */
    List<PeerId> refresh(Deadline deadline) throws IOException, InterruptedException {
        return search(host.peerId().bytes(), limits.closestMax()).findNearest(deadline);
    }

    private KadSearch search(byte[] key, int answeredMin) {
        return new KadSearch(environment, host, peers, limits, key, answeredMin);
    }

    /** How many servers the routing table has. */
    public int serversKnown() {
        return peers.size();
    }

    private void refreshForever() throws InterruptedException {
        while (true) {
            peers.awaitSomebody(Deadline.never(environment.clock()));
            try {
                int count = refresh(Deadline.after(environment.clock(), limits.lookupTime()))
                        .size();
                LOGGER.log(System.Logger.Level.DEBUG, "kad refreshed nearest=" + count + " known=" + peers.size());
            } catch (IOException failure) {
                LOGGER.log(System.Logger.Level.DEBUG, "kad refresh failed: " + failure.getMessage());
            }
            environment.clock().sleep(limits.refreshInterval());
        }
    }

    /** Looks nobody up any more and serves no more. */
    @Override
    public void close() {
        host.removeHandler(PROTOCOL);
        host.setPeerRouting((peer, deadline) -> List.of());
        scope.close();
    }
}
