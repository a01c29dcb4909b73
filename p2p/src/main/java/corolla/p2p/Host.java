package corolla.p2p;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** One node among peers: it serves protocols, and opens streams to peers by id. Thread-safe. */
public interface Host extends AutoCloseable {

    PeerId peerId();

    /** The addresses under which we ask others to reach us, each ending in {@code /p2p/ID}. */
    List<Multiaddr> addresses();

    /** Serves a protocol; connected peers are told. Replaces an earlier handler. */
    void handle(String protocol, StreamHandler handler);

    void removeHandler(String protocol);

    /**
     * Opens a stream; connects first if needed: to known addresses, else to those that the {@link PeerRouting} finds.
     *
     * @throws ProtocolNotSupportedException when the peer refuses the protocol (here, or at the first read of the stream)
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first
     */
    Stream open(PeerId peer, String protocol, Deadline deadline) throws IOException, InterruptedException;

    /**
     * Lets the next dial of this peer try all its addresses, even those that failed a moment ago and are left alone: for callers who pace
     * themselves, and have nobody else to ask.
     */
    void retry(PeerId peer);

    /**
     * The peer ought to have said something, and has not. Connections on which nothing at all has come for {@code silence} are not used for new
     * streams until something comes: TCP repeats what got lost on a link that is back only after up to twice the time that it was away, and a
     * new connection is there sooner. Their streams stay.
     */
    void doubt(PeerId peer, Duration silence);

    /**
     * Connects to an address, whatever happened there before.
     *
     * @param address with or without {@code /p2p/ID}; with it, another peer there is an error
     * @return who answered and proved its identity
     */
    PeerId connect(Multiaddr address, Deadline deadline) throws IOException, InterruptedException;

    AddressBook addressBook();

    /** Where {@link #open} looks for peers whose addresses it does not know. */
    void setPeerRouting(PeerRouting routing);

    /** Peers with at least one open connection, in the order they came. */
    List<PeerId> connectedPeers();

    /** Closes all connections with the peer. */
    void disconnect(PeerId peer);

    /** What the peer said it serves; empty when it has not said yet. */
    Set<String> protocolsOf(PeerId peer);

    /** Calls {@code listener} when a peer's protocols have become known or changed; on an internal thread, must not block. */
    void onIdentified(IdentifiedListener listener);

    /** Calls {@code listener} when the last connection with a peer has ended; on an internal thread, must not block. */
    void onDisconnected(DisconnectedListener listener);

    /**
     * Calls {@code listener} when the last connection with a peer has broken: neither we nor a full house of ours closed it. On an
     * internal thread, must not block.
     */
    void onLost(DisconnectedListener listener);

    /** Ends all connections, handlers and listeners, and waits for their threads. */
    @Override
    void close();

    /** See {@link #onIdentified}. */
    @FunctionalInterface
    interface IdentifiedListener {
        void identified(PeerId peer, Set<String> protocols);
    }

    /** See {@link #onDisconnected} and {@link #onLost}. */
    @FunctionalInterface
    interface DisconnectedListener {
        void disconnected(PeerId peer);
    }
}
