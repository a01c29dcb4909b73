package corolla.p2p.host;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.transport.Endpoint;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.StreamHandler;
import corolla.p2p.multistream.Multistream;
import corolla.p2p.noise.SecureChannel;
import corolla.p2p.yamux.MemoryBudget;
import corolla.p2p.yamux.Yamux;
import corolla.p2p.yamux.YamuxStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** One upgraded connection with a peer: its threads, its streams, and what the peer said of itself. Thread-safe. */
final class Connection implements Yamux.Owner {
    private static final Logger LOG = System.getLogger(Connection.class.getName());

    private final Environment environment;
    private final P2pLimits limits;
    private final Handlers handlers;
    private final Endpoint remote;
    private final Multiaddr address;
    private final boolean inbound;
    private final PeerId peer;
    private final Yamux yamux;
    private final TaskScope scope;
    private final long openedNanos;
    private final AtomicInteger handlerCount = new AtomicInteger();
    private volatile boolean isClosedByUs;
    private volatile Set<String> protocols = Set.of();
    private volatile long toldVersion = -1;
    private volatile OptionalLong doubtedNanos = OptionalLong.empty();

    /**
     * A connection that waits for {@link #run}.
     *
     * @param address what was dialed, or from where the peer came
     */
    Connection(
            Environment environment,
            P2pLimits limits,
            Handlers handlers,
            SecureChannel channel,
            MemoryBudget unreadBudget,
            Endpoint remote,
            Multiaddr address,
            boolean inbound) {
        this.environment = environment;
        this.limits = limits;
        this.handlers = handlers;
        this.remote = remote;
        this.address = address;
        this.inbound = inbound;
        this.peer = channel.remotePeer();
        this.openedNanos = environment.clock().nanoTime();
        this.scope = environment.tasks().open("connection " + peer.shortForm());
        this.yamux = new Yamux(environment.clock(), channel, !inbound, limits, unreadBudget, this);
    }

    PeerId peer() {
        return peer;
    }

    Endpoint remote() {
        return remote;
    }

    Multiaddr address() {
        return address;
    }

    boolean isInbound() {
        return inbound;
    }

    boolean isOpen() {
        return yamux.isOpen();
    }

    /** See {@link Yamux#checkLife}. */
    void checkLife() {
        yamux.checkLife();
    }

    /** See {@link corolla.p2p.Host#doubt}. */
    void doubt(Duration silence) {
        long now = environment.clock().nanoTime();
        if (now - yamux.receivedNanos() >= silence.toNanos()) {
            doubtedNanos = OptionalLong.of(now);
        }
    }

    /** Whether nothing has come since it was doubted. */
    boolean isDoubted() {
        OptionalLong since = doubtedNanos;
        return since.isPresent() && yamux.receivedNanos() - since.getAsLong() < 0;
    }

    boolean isIdle() {
        return yamux.openStreams() == 0 && handlerCount.get() == 0;
    }

    long openedNanos() {
        return openedNanos;
    }

    Set<String> protocols() {
        return protocols;
    }

    /** @param now not to change any more; in the peer's order, the same in every run */
    void setProtocols(Set<String> now) {
        protocols = now;
    }

    /** Which version of what we say of ourselves the peer knows; -1 when none. */
    long toldVersion() {
        return toldVersion;
    }

    void setToldVersion(long version) {
        toldVersion = version;
    }

    /** The peer has refused what it said it serves: the next opener asks first. */
    void forgetProtocol(String protocol) {
        Set<String> rest = new LinkedHashSet<>(protocols);
        rest.remove(protocol);
        protocols = Collections.unmodifiableSet(rest);
    }

    /** Reads until the connection ends, and returns when all its threads have ended. @return why it ended */
    String run(Runnable onEnd) throws InterruptedException {
        String reason = "unknown";
        try {
            yamux.read();
        } catch (IOException e) {
            Exception earlier = yamux.failure();
            reason = String.valueOf((earlier == null ? e : earlier).getMessage());
        } finally {
            yamux.end(reason);
            onEnd.run();
            scope.close();
        }
        return reason;
    }

    @Override
    public void needsWriter() {
        try {
            scope.run("writer " + peer.shortForm(), this::write);
        } catch (IllegalStateException e) {
            LOG.log(Level.TRACE, () -> "nothing more is written to " + peer.shortForm() + ": " + e.getMessage());
        }
    }

    private void write() throws InterruptedException {
        try {
            yamux.write();
        } catch (IOException e) {
            yamux.end(String.valueOf(e.getMessage()));
        }
    }

    /** Lets what was written leave, for a moment, and ends the connection; {@link #run} then returns. */
    void close() {
        isClosedByUs = true;
        yamux.close();
    }

    /** Whether {@link #close} has ended it, and not the remote or the network. */
    boolean isClosedByUs() {
        return isClosedByUs;
    }

    // ---- streams of ours

    /**
     * Opens a stream. When the peer is known to serve the protocol, nothing is sent yet.
     *
     * @param deadline for the whole opening
     */
    Stream open(String protocol, Deadline deadline) throws IOException, InterruptedException {
        YamuxStream stream = yamux.open(deadline);
        if (protocols.contains(protocol)) {
            return HostStream.proposing(stream, protocol, this);
        }
        try {
            Deadline until = deadline.earlier(Deadline.after(environment.clock(), limits.negotiationTime()));
            return HostStream.agreed(stream, Multistream.propose(stream, protocol, peer.shortForm(), until), this);
        } catch (IOException | InterruptedException e) {
            stream.reset();
            throw e;
        }
    }

    /** A stream that has agreed on nothing, for tests. */
    YamuxStream rawStream(Deadline deadline) throws IOException, InterruptedException {
        return yamux.open(deadline);
    }

    // ---- streams of the remote

    @Override
    public void onInbound(YamuxStream stream) {
        // A handler may outlive its stream: opening and resetting streams at speed must not pile up handlers.
        if (handlerCount.incrementAndGet() > limits.streamsInboundMax()) {
            handlerCount.decrementAndGet();
            stream.reset();
            return;
        }
        try {
            scope.run("stream of " + peer.shortForm(), () -> serve(stream));
        } catch (IllegalStateException e) { // closing
            handlerCount.decrementAndGet();
            stream.reset();
        }
    }

    private void serve(YamuxStream stream) throws InterruptedException {
        String protocol = "none yet";
        boolean isDone = false;
        try {
            Deadline deadline = Deadline.after(environment.clock(), limits.negotiationTime());
            Multistream.Agreement agreement =
                    Multistream.select(stream, handlers::serves, limits.negotiationRoundsMax(), deadline);
            protocol = agreement.protocol();
            Optional<StreamHandler> handler = handlers.find(protocol);
            if (handler.isPresent()) {
                handler.get().handle(HostStream.answering(stream, agreement, this, deadline));
                stream.close();
                isDone = true;
            }
        } catch (IOException e) {
            String shown = protocol;
            LOG.log(Level.DEBUG, () -> "stream failed peer=" + peer.shortForm() + " protocol=" + shown + " why=" + e);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "handler failed peer=" + peer.shortForm() + " protocol=" + protocol, e);
        } finally {
            handlerCount.decrementAndGet();
            if (!isDone) {
                stream.reset();
            }
        }
    }

    @Override
    public String toString() {
        return (inbound ? "from " : "to ") + peer.shortForm() + " at " + remote;
    }
}
