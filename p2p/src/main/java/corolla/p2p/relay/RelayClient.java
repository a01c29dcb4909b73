package corolla.p2p.relay;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.internal.Delimited;
import corolla.p2p.relay.RelayMessages.Stop;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Relays as a peer uses them: from {@link #start} on the host dials others through theirs; after {@link #keepReservations} others dial
 * it through ours. Thread-safe. The owner closes it before the host.
 */
public final class RelayClient implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RelayClient.class.getName());

    private final Clock clock;
    private final Libp2pHost host;
    private final RelayLimits limits;
    private final RelayCalls calls;
    private final TaskScope scope;
    private final Gate gate;

    // Guarded by gate:
    private final ReservationState state;
    private final Map<PeerId, List<Multiaddr>> ways = new LinkedHashMap<>(); // of relays with a slot: addresses to tell
    private List<PeerId> preferred = List.of();
    private @Nullable PeerId asked;
    private boolean isKeeping;

    private RelayClient(Environment environment, Libp2pHost host, RelayLimits limits) {
        this.clock = environment.clock();
        this.host = host;
        this.limits = limits;
        this.calls = new RelayCalls(host, limits);
        this.scope = environment.tasks().open("relays of " + host.peerId().shortForm());
        this.gate = new Gate(clock);
        this.state = new ReservationState(limits);
    }

    /** Lets the host dial through relays. The host is borrowed. */
    public static RelayClient start(Environment environment, Libp2pHost host, RelayLimits limits) {
        RelayClient client = new RelayClient(environment, host, limits);
        host.addTransport(new RelayTransport(host, client.calls, environment.clock()));
        return client;
    }

    /**
     * Reserves slots and keeps them: at peers that say they are relays, with those in {@code preferred} first. They are renewed in time,
     * and replaced when a relay is lost; the addresses through them are told to others as the host's. May be called once.
     */
    public void keepReservations(List<PeerId> preferred) {
        gate.lock();
        try {
            if (isKeeping) {
                throw new IllegalStateException("reservations are kept already");
            }
            isKeeping = true;
            this.preferred = List.copyOf(preferred);
        } finally {
            gate.unlock();
        }
        host.onIdentified((peer, protocols) -> changed());
        host.onDisconnected(this::disconnected);
        host.handle(RelayProtocol.STOP, this::stop);
        scope.run("keep reservations", this::keepForever);
    }

    /** Relays where we have a slot now. */
    public List<PeerId> relays() {
        gate.lock();
        try {
            return state.held(clock.nanoTime());
        } finally {
            gate.unlock();
        }
    }

    /** Waits until there is a slot. @return false when there is none before {@code deadline} */
    public boolean awaitReservation(Deadline deadline) throws InterruptedException {
        gate.lock();
        try {
            while (state.held(clock.nanoTime()).isEmpty()) {
                if (!gate.await(deadline)) {
                    return false;
                }
            }
            return true;
        } finally {
            gate.unlock();
        }
    }

    // ---- keeping slots

    private void keepForever() throws InterruptedException {
        while (true) {
            publish();
            Optional<PeerId> due = awaitDue();
            if (due.isPresent()) {
                reserve(due.get());
            }
        }
    }

    /** @return empty when something has changed, and others may have to be told */
    private Optional<PeerId> awaitDue() throws InterruptedException {
        gate.lock();
        try {
            Optional<PeerId> due = state.due(candidates(), clock.nanoTime());
            asked = due.orElse(null);
            if (due.isEmpty()) {
                Long next = state.nextNanos();
                gate.await(next == null ? Deadline.never(clock) : new Deadline(next));
            }
            return due;
        } finally {
            gate.unlock();
        }
    }

    /** Preferred ones and those that have served us, connected or not; then whoever is connected and says that it relays. */
    private Set<PeerId> candidates() {
        Set<PeerId> candidates = new LinkedHashSet<>(preferred);
        candidates.addAll(state.known());
        for (PeerId peer : host.connectedPeers()) {
            if (host.protocolsOf(peer).contains(RelayProtocol.HOP)) {
                candidates.add(peer);
            }
        }
        return candidates;
    }

    private void reserve(PeerId relay) throws InterruptedException {
        try {
            RelayMessages.Reservation slot = calls.reserve(relay, Deadline.after(clock, limits.exchangeTime()));
            Duration left =
                    Duration.ofSeconds(slot.expireSeconds() - clock.now().getEpochSecond());
            if (!left.isPositive()) {
                throw new ProtocolException("relay " + relay.shortForm() + " gives a slot that ended " + left.negated()
                        + " ago: its clock or ours is wrong");
            }
            Duration time = left.compareTo(limits.reservationTime()) < 0 ? left : limits.reservationTime();
            List<Multiaddr> through = through(relay, slot.addresses());
            if (through.isEmpty()) {
                throw new IOException("no address of relay " + relay.shortForm() + " is known that others could dial");
            }
            granted(relay, clock.nanoTime() + time.toNanos(), through);
        } catch (IOException e) {
            refused(relay, e);
        }
    }

    private void granted(PeerId relay, long untilNanos, List<Multiaddr> through) {
        host.keepConnections(relay, true);
        boolean isNew;
        gate.lock();
        try {
            long now = clock.nanoTime();
            isNew = !state.held(now).contains(relay);
            state.granted(relay, untilNanos, now);
            ways.put(relay, through);
            if (!host.connectedPeers().contains(relay)) { // gone while it answered
                state.lost(relay, now);
            }
            gate.signalAll();
        } finally {
            gate.unlock();
        }
        LOG.log(isNew ? Level.INFO : Level.DEBUG, () -> "reachable through relay " + through.getFirst());
    }

    private void refused(PeerId relay, IOException failure) {
        gate.lock();
        try {
            state.refused(relay, clock.nanoTime());
        } finally {
            gate.unlock();
        }
        LOG.log(Level.DEBUG, () -> "no slot at relay=" + relay.shortForm() + " why=" + failure.getMessage());
    }

    /** The addresses of a relay with the sign of the circuit: those that it tells, else (in private networks) those we know. */
    private List<Multiaddr> through(PeerId relay, List<Multiaddr> told) {
        List<Multiaddr> ofRelay = dialable(relay, told);
        if (ofRelay.isEmpty()) {
            ofRelay = dialable(relay, host.addressBook().addresses(relay));
        }
        return ofRelay.stream()
                .limit(limits.addressesMax())
                .map(address -> address.then(RelayProtocol.CIRCUIT))
                .toList();
    }

    private static List<Multiaddr> dialable(PeerId relay, List<Multiaddr> addresses) {
        return addresses.stream()
                .filter(address -> PeerId.at(address).map(relay::equals).orElse(true))
                .filter(address -> address.tcpEndpoint().isPresent())
                .map(address -> address.withPeer(relay.bytes()))
                .toList();
    }

    private void publish() {
        List<Multiaddr> all = new ArrayList<>();
        gate.lock();
        try {
            List<PeerId> held = state.held(clock.nanoTime());
            ways.keySet().retainAll(held);
            ways.values().forEach(all::addAll);
        } finally {
            gate.unlock();
        }
        host.setExtraAddresses(all);
    }

    private void changed() {
        gate.lock();
        gate.signalAll();
        gate.unlock();
    }

    private void disconnected(PeerId peer) {
        boolean wasRelay;
        gate.lock();
        try {
            wasRelay = state.lost(peer, clock.nanoTime());
            gate.signalAll();
        } finally {
            gate.unlock();
        }
        if (wasRelay) {
            host.keepConnections(peer, false);
            LOG.log(Level.WARNING, () -> "relay lost, looking for another relay=" + peer.shortForm());
        }
    }

    // ---- being dialed

    private void stop(Stream stream) throws IOException, InterruptedException {
        PeerId relay = stream.remotePeer();
        Deadline deadline = Deadline.after(clock, limits.exchangeTime());
        byte[] bytes = Delimited.read(stream, limits.messageBytesMax(), "circuit of " + relay.shortForm(), deadline);
        Multiaddr way = host.remoteAddress(stream);
        RelayStatus status = admit(bytes, relay, way);
        RelayProtocol.write(stream, RelayMessages.encode(new Stop.Answer(status.code())), deadline);
        if (status == RelayStatus.OK) {
            RelayedStream raw = new RelayedStream(stream, RelayTransport.endpoint(way), clock);
            host.accept(raw, way.withPeer(relay.bytes()).then(RelayProtocol.CIRCUIT));
            raw.awaitClosed(); // the stream ends when we return
        }
    }

    private RelayStatus admit(byte[] bytes, PeerId relay, Multiaddr way) {
        try {
            if (!(RelayMessages.decodeStop(bytes) instanceof Stop.Connect)) {
                return RelayStatus.UNEXPECTED_MESSAGE;
            }
        } catch (ProtocolException e) {
            LOG.log(Level.DEBUG, () -> "circuit refused relay=" + relay.shortForm() + " why=" + e.getMessage());
            return RelayStatus.MALFORMED_MESSAGE;
        }
        return !way.isRelayed() && isOurs(relay) ? RelayStatus.OK : RelayStatus.PERMISSION_DENIED;
    }

    /** The answer to our request may still be on its way when the first circuit comes. */
    private boolean isOurs(PeerId relay) {
        gate.lock();
        try {
            return (asked != null && asked.equals(relay))
                    || state.held(clock.nanoTime()).contains(relay);
        } finally {
            gate.unlock();
        }
    }

    /** Gives up the slots; circuits that are open end with the host. */
    @Override
    public void close() {
        host.removeHandler(RelayProtocol.STOP);
        scope.close();
    }
}
