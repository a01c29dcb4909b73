package corolla.p2p.relay;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identify.Identify;
import corolla.p2p.internal.Delimited;
import corolla.p2p.relay.RelayMessages.Hop;
import corolla.p2p.relay.RelayMessages.Limit;
import corolla.p2p.relay.RelayMessages.Reservation;
import corolla.p2p.relay.RelayMessages.Stop;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A relay: gives slots to peers that nobody can dial, and carries circuits to them, within limits. It sees only encrypted bytes.
 * Thread-safe. The owner closes it before the host.
 */
public final class RelayServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RelayServer.class.getName());

    private static final int BUFFER_BYTES = 32 << 10;

    private final Environment environment;
    private final Clock clock;
    private final Libp2pHost host;
    private final RelayLimits limits;
    private final Limit limit;
    private final ReentrantLock lock = new ReentrantLock();
    private final RelayState state; // guarded by lock

    private RelayServer(Environment environment, Libp2pHost host, RelayLimits limits) {
        this.environment = environment;
        this.clock = environment.clock();
        this.host = host;
        this.limits = limits;
        this.limit = new Limit(limits.circuitTime(), limits.circuitBytesMax());
        this.state = new RelayState(limits);
    }

    /** Starts to relay. The host is borrowed. */
    public static RelayServer start(Environment environment, Libp2pHost host, RelayLimits limits) {
        RelayServer server = new RelayServer(environment, host, limits);
        host.onDisconnected(server::disconnected);
        host.handle(RelayProtocol.HOP, server::serve);
        return server;
    }

    /** Circuits that are open now. */
    public int circuits() {
        lock.lock();
        try {
            return state.circuits();
        } finally {
            lock.unlock();
        }
    }

    private void serve(Stream stream) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, limits.exchangeTime());
        String whom = "relay request of " + stream.remotePeer().shortForm();
        byte[] bytes = Delimited.read(stream, limits.messageBytesMax(), whom, deadline);
        Hop request;
        try {
            request = RelayMessages.decodeHop(bytes, 0);
        } catch (ProtocolException e) {
            answer(stream, RelayStatus.MALFORMED_MESSAGE, deadline);
            throw e;
        }
        Multiaddr from = host.remoteAddress(stream);
        switch (request) {
            case Hop.Reserve _ -> reserve(stream, from, deadline);
            case Hop.Connect connect -> connect(stream, from, connect.target(), deadline);
            case Hop.Answer _ -> answer(stream, RelayStatus.UNEXPECTED_MESSAGE, deadline);
        }
    }

    private static void answer(Stream stream, RelayStatus status, Deadline deadline)
            throws IOException, InterruptedException {
        RelayProtocol.write(stream, RelayMessages.encode(Hop.Answer.of(status)), deadline);
    }

    // ---- slots

    private void reserve(Stream stream, Multiaddr from, Deadline deadline) throws IOException, InterruptedException {
        PeerId peer = stream.remotePeer();
        RelayStatus status = from.isRelayed() ? RelayStatus.PERMISSION_DENIED : reserve(peer, from);
        if (status != RelayStatus.OK) {
            LOG.log(Level.DEBUG, () -> "slot refused peer=" + peer.shortForm() + " status=" + status);
            answer(stream, status, deadline);
            return;
        }
        host.keepConnections(peer, true);
        if (!host.connectedPeers().contains(peer)) {
            disconnected(peer); // gone meanwhile
        }
        LOG.log(Level.DEBUG, () -> "slot given peer=" + peer.shortForm() + " for=" + limits.reservationTime());
        long expire = clock.now().plus(limits.reservationTime()).getEpochSecond();
        var slot = new Reservation(expire, publicAddresses());
        var granted = new Hop.Answer(RelayStatus.OK.code(), Optional.of(slot), Optional.of(limit));
        RelayProtocol.write(stream, RelayMessages.encode(granted), deadline);
    }

    private RelayStatus reserve(PeerId peer, Multiaddr from) {
        String address = from.tcpEndpoint().orElseThrow().host();
        lock.lock();
        try {
            return state.reserve(peer, address, clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** As p2pd does: in a private network peers know best themselves how they have reached us. */
    private List<Multiaddr> publicAddresses() {
        return host.addresses().stream()
                .filter(address -> !address.isRelayed() && Identify.isPublic(address))
                .limit(limits.addressesMax())
                .toList();
    }

    private void disconnected(PeerId peer) {
        boolean hadSlot;
        lock.lock();
        try {
            hadSlot = state.disconnected(peer);
        } finally {
            lock.unlock();
        }
        if (hadSlot) {
            host.keepConnections(peer, false);
        }
    }

    // ---- circuits

    private void connect(Stream hop, Multiaddr from, PeerId target, Deadline deadline)
            throws IOException, InterruptedException {
        PeerId source = hop.remotePeer();
        RelayStatus status =
                from.isRelayed() || source.equals(target) ? RelayStatus.PERMISSION_DENIED : enter(source, target);
        if (status != RelayStatus.OK) {
            answer(hop, status, deadline);
            return;
        }
        try {
            connect(hop, source, target, deadline);
        } finally {
            leave(source, target);
        }
    }

    private void leave(PeerId source, PeerId target) {
        lock.lock();
        try {
            state.ended(source, target);
        } finally {
            lock.unlock();
        }
    }

    private RelayStatus enter(PeerId source, PeerId target) {
        boolean isConnected = host.connectedPeers().contains(target);
        lock.lock();
        try {
            return isConnected ? state.connect(source, target, clock.nanoTime()) : RelayStatus.NO_RESERVATION;
        } finally {
            lock.unlock();
        }
    }

    private void connect(Stream hop, PeerId source, PeerId target, Deadline deadline)
            throws IOException, InterruptedException {
        Stream stop;
        try {
            stop = open(source, target, deadline);
        } catch (IOException e) {
            LOG.log(
                    Level.DEBUG,
                    () -> "no circuit from=" + source.shortForm() + " to=" + target.shortForm() + " why="
                            + e.getMessage());
            answer(hop, RelayStatus.CONNECTION_FAILED, deadline);
            return;
        }
        try {
            var granted = new Hop.Answer(RelayStatus.OK.code(), Optional.empty(), Optional.of(limit));
            RelayProtocol.write(hop, RelayMessages.encode(granted), deadline);
            carry(hop, stop);
        } catch (IOException | InterruptedException e) {
            stop.reset();
            throw e; // the host resets the other
        }
    }

    private Stream open(PeerId source, PeerId target, Deadline deadline) throws IOException, InterruptedException {
        Stream stop = host.open(target, RelayProtocol.STOP, deadline);
        boolean isGranted = false;
        try {
            byte[] request = RelayMessages.encode(new Stop.Connect(source, Optional.of(limit)));
            RelayProtocol.write(stop, request, deadline);
            String whom = "circuit answer of " + target.shortForm();
            byte[] bytes = Delimited.read(stop, limits.messageBytesMax(), whom, deadline);
            if (!(RelayMessages.decodeStop(bytes) instanceof Stop.Answer answer)) {
                throw new ProtocolException(whom + " is a request");
            }
            if (answer.status() != RelayStatus.OK.code()) {
                throw new IOException(whom + " is status " + RelayStatus.describe(answer.status()));
            }
            isGranted = true;
            return stop;
        } finally {
            if (!isGranted) {
                stop.reset();
            }
        }
    }

    /** Until both directions have ended, one was reset, or the limit is reached. */
    private void carry(Stream one, Stream other) throws IOException, InterruptedException {
        Deadline end =
                limits.circuitTime().isZero() ? Deadline.never(clock) : Deadline.after(clock, limits.circuitTime());
        String name = "circuit " + one.remotePeer().shortForm() + " to "
                + other.remotePeer().shortForm();
        LOG.log(Level.DEBUG, () -> name + " begins");
        try (TaskScope scope = environment.tasks().open(name)) {
            Task<?> back = scope.run(name + ", back", () -> pump(other, one, end));
            pump(one, other, end);
            back.await(end);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> name + " is cut: " + e.getMessage());
            throw e;
        }
        other.close();
    }

    private void pump(Stream from, Stream to, Deadline end) throws IOException, InterruptedException {
        boolean isDone = false;
        try {
            byte[] buffer = new byte[BUFFER_BYTES];
            long left = limits.circuitBytesMax();
            while (true) {
                int count = from.read(buffer, 0, (int) Math.min(buffer.length, left + 1), end);
                if (count < 0) {
                    break;
                }
                left -= count;
                if (left < 0) {
                    throw new IOException("more than " + limits.circuitBytesMax() + " bytes from "
                            + from.remotePeer().shortForm());
                }
                to.write(buffer, 0, count, end);
            }
            to.closeWrite();
            isDone = true;
        } finally {
            if (!isDone) { // so that the other direction ends too
                from.reset();
                to.reset();
            }
        }
    }

    /** Relays nothing new; circuits end with the host. */
    @Override
    public void close() {
        host.removeHandler(RelayProtocol.HOP);
    }
}
