package corolla.dht;

import corolla.base.Environment;
import corolla.base.msgpack.Pack;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A node of hivemind's DHT. Thread-safe. */
@SuppressWarnings({"DoNotCallSuggester", "ObjectToString"}) // the bodies follow
public final class DhtNode implements AutoCloseable {
    private final Host host;

    private DhtNode(Host host) {
        this.host = host;
    }

    /**
     * Starts a node and joins the swarm. The caller owns it and closes it before {@code rpc} and {@code host}.
     *
     * @throws IOException when none of the initial peers could be joined through; names each of them and what happened
     */
    public static DhtNode start(Environment environment, Host host, Rpc rpc, DhtConfig config)
            throws IOException, InterruptedException {
        throw new IOException("" + environment + host + rpc + config + new DhtNode(host));
    }

    public PeerId peerId() {
        return host.peerId();
    }

    public Host host() {
        return host;
    }

    /** The DHT's time: the wall clock in seconds since 1970, to compute expirations from. */
    public double now() {
        return 0;
    }

    /** Stores one value; see {@link #storeMany}. */
    public boolean store(DhtStore store, Deadline deadline) throws IOException, InterruptedException {
        return storeMany(List.of(store), deadline).getFirst();
    }

    /**
     * Stores values at the nodes nearest to their keys, batched.
     *
     * @return for each value, in the same order, whether at least one node has taken it; false too when all have a newer one
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first; some may be stored
     */
    public List<Boolean> storeMany(List<DhtStore> stores, Deadline deadline) throws IOException, InterruptedException {
        throw new IOException("" + stores + deadline);
    }

    /**
     * Looks up keys, all at once.
     *
     * @param latest false: the first value met that has not expired will do (of a dictionary, some entries may be missing);
     *     true: searches on for the one that expires last, and merges dictionaries
     * @return what was found, in the order of {@code keys}; keys without a value are absent
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first
     */
    public Map<Pack, DhtValue> getMany(List<Pack> keys, boolean latest, Deadline deadline)
            throws IOException, InterruptedException {
        throw new IOException("" + keys + latest + deadline);
    }

    /**
     * Measures the time to a peer and back. A peer that serves no DHT (a client) answers too: by refusing.
     *
     * @throws IOException when there is no answer before {@code deadline}
     */
    public Duration ping(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        throw new IOException("" + peer + deadline);
    }

    /** Peers of the routing table. */
    public List<PeerId> knownPeers() {
        return List.of();
    }

    /** Leaves: serves no more and ends what is under way. */
    @Override
    public void close() {}
}
