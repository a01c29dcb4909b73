package corolla.p2p.host;

import corolla.base.Environment;
import corolla.base.multiformat.AddressProtocol;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.p2p.AddressBook;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.PeerRouting;
import corolla.p2p.Transport;
import corolla.p2p.WrongPeerException;
import java.io.IOException;
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
 * Connects to peers. All who want the same peer at the same time share one attempt; its addresses are tried side by side, each a
 * moment after the one before, and the first to answer with the right identity wins. Thread-safe.
 */
final class Dialer {
    /** RFC 8305 ("happy eyeballs") recommends 250 ms between attempts. */
    private static final Duration STAGGER = Duration.ofMillis(250);

    private final Environment environment;
    private final P2pLimits limits;
    private final Upgrader upgrader;
    private final AddressBook addressBook;
    private final TaskScope scope;
    private final Opened opened;
    private final Gate gate;
    private final List<Transport> transports = new ArrayList<>(); // guarded by gate
    private final DialBackoff backoff; // guarded by gate
    private final Map<PeerId, Attempt> attempts = new LinkedHashMap<>(); // guarded by gate
    private @Nullable PeerRouting routing; // guarded by gate

    /** Takes over connections that were made. */
    interface Opened {
        void opened(Connection connection) throws IOException;
    }

    /** @param scope where attempts run; it outlives any caller's deadline */
    Dialer(
            Environment environment,
            P2pLimits limits,
            Upgrader upgrader,
            AddressBook addressBook,
            TaskScope scope,
            Opened opened) {
        this.environment = environment;
        this.limits = limits;
        this.upgrader = upgrader;
        this.addressBook = addressBook;
        this.scope = scope;
        this.opened = opened;
        this.gate = new Gate(environment.clock());
        this.backoff = new DialBackoff(limits);
    }

    /** One try to reach a peer, and how it ended. Guarded by gate. */
    private static final class Attempt {
        private @Nullable Connection connection;
        private @Nullable IOException failure;
        private int running;
        private final List<String> failures = new ArrayList<>();

        boolean isOver() {
            return connection != null || failure != null;
        }
    }

    void add(Transport transport) {
        gate.lock();
        transports.add(transport);
        gate.unlock();
    }

    void setRouting(PeerRouting routing) {
        gate.lock();
        this.routing = routing;
        gate.unlock();
    }

    /** A connection with the peer, over whichever of its addresses answers. */
    Connection connect(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            Attempt attempt = attempts.get(peer);
            if (attempt == null) {
                attempt = new Attempt();
                attempts.put(peer, attempt);
                start(peer, attempt);
            }
            while (!attempt.isOver()) {
                if (!gate.await(deadline)) {
                    throw new DeadlineException("no connection to " + peer + " in time; so far: "
                            + (attempt.failures.isEmpty() ? "no answer" : String.join("; ", attempt.failures)));
                }
            }
            if (attempt.connection != null) {
                return attempt.connection;
            }
            throw new IOException(
                    String.valueOf(attempt.failure == null ? "" : attempt.failure.getMessage()), attempt.failure);
        } finally {
            gate.unlock();
        }
    }

    /** See {@link corolla.p2p.Host#retry}. */
    void retry(PeerId peer) {
        List<Multiaddr> addresses = addressBook.addresses(peer);
        gate.lock();
        try {
            for (Multiaddr address : addresses) {
                address.withoutPeer().ifPresent(plain -> {
                    backoff.allowOnce(backoffKey(plain, peer));
                    backoff.allowOnce(plain.withPeer(peer.bytes()));
                });
            }
        } finally {
            gate.unlock();
        }
    }

    private void start(PeerId peer, Attempt attempt) {
        try {
            scope.run("dial " + peer.shortForm(), () -> attempt(peer, attempt));
        } catch (IllegalStateException e) {
            finish(peer, attempt, new IOException("the host is closed", e));
        }
    }

    private void attempt(PeerId peer, Attempt attempt) throws InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), limits.dialTime());
        try {
            List<Multiaddr> known = dialable(peer, addressBook.addresses(peer), attempt);
            tryAll(peer, attempt, known, deadline);
            PeerRouting whoToAsk = routing();
            if (whoToAsk != null && !isReached(attempt) && !searchedLately(peer)) {
                search(whoToAsk, peer, attempt, known, deadline);
            }
            fail(peer, attempt, null);
        } catch (IOException e) {
            fail(peer, attempt, e);
        } catch (RuntimeException | InterruptedException e) {
            fail(peer, attempt, new IOException("dialing " + peer + " was broken off: " + e, e));
            throw e;
        }
    }

    /** Asks others for addresses, and tries those that are new. */
    private void search(PeerRouting whoToAsk, PeerId peer, Attempt attempt, List<Multiaddr> known, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            List<Multiaddr> found = new ArrayList<>(dialable(peer, whoToAsk.findPeer(peer, deadline), attempt));
            found.removeAll(known);
            tryAll(peer, attempt, found, deadline);
        } finally {
            noteSearch(peer, isReached(attempt));
        }
    }

    private @Nullable PeerRouting routing() {
        gate.lock();
        try {
            return routing;
        } finally {
            gate.unlock();
        }
    }

    /** Those that some transport dials and that did not fail lately. */
    private List<Multiaddr> dialable(PeerId peer, List<Multiaddr> addresses, Attempt attempt) {
        long now = environment.clock().nanoTime();
        gate.lock();
        try {
            Set<Multiaddr> chosen = new LinkedHashSet<>();
            for (Multiaddr address : addresses) {
                Optional<Multiaddr> plain = address.withoutPeer();
                if (plain.isEmpty() || transportFor(plain.get()) == null) {
                    continue;
                }
                Optional<String> reason = reason(plain.get(), peer, now);
                if (reason.isPresent()) {
                    attempt.failures.add(address + " is " + reason.get());
                } else if (chosen.size() < limits.dialsPerPeerMax()) {
                    chosen.add(plain.get());
                }
            }
            return List.copyOf(chosen);
        } finally {
            gate.unlock();
        }
    }

    /** Whether a search has not helped lately: another one for each request would be a flood. */
    private boolean searchedLately(PeerId peer) {
        long now = environment.clock().nanoTime();
        gate.lock();
        try {
            return backoff.failedLately(searchKey(peer), now);
        } finally {
            gate.unlock();
        }
    }

    private void noteSearch(PeerId peer, boolean helped) {
        long now = environment.clock().nanoTime();
        gate.lock();
        try {
            if (helped) {
                backoff.succeeded(searchKey(peer));
            } else {
                backoff.failed(searchKey(peer), "no address found that works", now);
            }
        } finally {
            gate.unlock();
        }
    }

    /** A search has a peer and no address. */
    private static Multiaddr searchKey(PeerId peer) {
        return new Multiaddr(List.of(new Multiaddr.Component(AddressProtocol.P2P, peer.bytes())));
    }

    private Optional<String> reason(Multiaddr plain, PeerId peer, long now) {
        return backoff.reason(backoffKey(plain, peer), now).or(() -> backoff.reason(plain.withPeer(peer.bytes()), now));
    }

    /** A relay's address stands for many peers: one that is gone says nothing of the others. */
    private static Multiaddr backoffKey(Multiaddr plain, @Nullable PeerId peer) {
        return plain.isRelayed() && peer != null ? plain.withPeer(peer.bytes()) : plain;
    }

    private @Nullable Transport transportFor(Multiaddr address) {
        return transports.stream()
                .filter(transport -> transport.dials(address))
                .findFirst()
                .orElse(null);
    }

    /** Starts a dial for each address, waits until one has won or all have failed. */
    private void tryAll(PeerId peer, Attempt attempt, List<Multiaddr> addresses, Deadline deadline)
            throws InterruptedException {
        gate.lock();
        try {
            for (Multiaddr address : addresses) {
                if (attempt.isOver()) {
                    return;
                }
                int running = ++attempt.running;
                scope.run(
                        "dial " + peer.shortForm() + " at " + address, () -> tryOne(peer, attempt, address, deadline));
                awaitFewer(
                        attempt,
                        running,
                        Deadline.after(environment.clock(), STAGGER).earlier(deadline));
            }
            awaitFewer(attempt, 1, deadline);
        } finally {
            gate.unlock();
        }
    }

    /** Waits until fewer than {@code count} dials run, or one has won. */
    private void awaitFewer(Attempt attempt, int count, Deadline until) throws InterruptedException {
        while (!attempt.isOver() && attempt.running >= count) {
            if (!gate.await(until)) {
                return;
            }
        }
    }

    private void tryOne(PeerId peer, Attempt attempt, Multiaddr address, Deadline deadline)
            throws InterruptedException {
        Connection connection = null;
        String failure = "";
        try {
            connection = dial(address, peer, deadline);
        } catch (IOException e) {
            failure = address + ": " + e.getMessage();
        } finally {
            gate.lock();
            attempt.running--;
            if (connection != null && !attempt.isOver()) {
                attempt.connection = connection;
                attempts.remove(peer, attempt);
            } else if (connection == null) {
                attempt.failures.add(failure);
            }
            gate.signalAll();
            gate.unlock();
        }
    }

    private boolean isReached(Attempt attempt) {
        gate.lock();
        try {
            return attempt.connection != null;
        } finally {
            gate.unlock();
        }
    }

    private void fail(PeerId peer, Attempt attempt, @Nullable IOException cause) {
        gate.lock();
        try {
            String tried = attempt.failures.isEmpty()
                    ? "no address of it is known here" + (routing == null ? "" : ", and routing found none")
                    : String.join("; ", attempt.failures);
            String message =
                    "cannot connect to " + peer + ": " + tried + (cause == null ? "" : "; " + cause.getMessage());
            finish(peer, attempt, new IOException(message, cause));
        } finally {
            gate.unlock();
        }
    }

    private void finish(PeerId peer, Attempt attempt, IOException failure) {
        if (!attempt.isOver()) {
            attempt.failure = failure;
        }
        attempts.remove(peer, attempt);
        gate.signalAll();
    }

    /** Dials one address, whatever happened there before, and hands the connection over. */
    Connection dial(Multiaddr address, @Nullable PeerId expected, Deadline deadline)
            throws IOException, InterruptedException {
        Multiaddr plain = address.withoutPeer()
                .orElseThrow(() -> new IllegalArgumentException(address + " says who, but not where"));
        Transport transport;
        gate.lock();
        transport = transportFor(plain);
        gate.unlock();
        if (transport == null) {
            throw new IOException("no transport here dials " + address);
        }
        Deadline until = deadline.earlier(Deadline.after(environment.clock(), limits.dialTime()));
        try {
            ByteStream raw = transport.dial(plain, expected, until);
            Deadline upgraded = until.earlier(Deadline.after(environment.clock(), limits.upgradeTime()));
            Connection connection = upgrader.outbound(raw, plain, expected, upgraded);
            opened.opened(connection);
            note(plain, connection.peer(), null);
            return connection;
        } catch (IOException e) {
            note(plain, expected, e);
            throw e;
        }
    }

    private void note(Multiaddr plain, @Nullable PeerId peer, @Nullable IOException failure) {
        long now = environment.clock().nanoTime();
        gate.lock();
        if (peer != null && (failure == null || failure instanceof WrongPeerException)) {
            // Whoever lives there can be reached, whatever happened to others.
            backoff.succeeded(backoffKey(plain, peer));
            backoff.succeeded(plain.withPeer(peer.bytes()));
        }
        switch (failure) {
            case null -> {}
            case WrongPeerException wrong
            when peer != null ->
                backoff.isAnothers(plain.withPeer(peer.bytes()), String.valueOf(wrong.getMessage()), now);
            default -> backoff.failed(backoffKey(plain, peer), String.valueOf(failure.getMessage()), now);
        }
        gate.unlock();
    }
}
