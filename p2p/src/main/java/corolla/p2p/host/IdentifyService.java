package corolla.p2p.host;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.p2p.AddressBook;
import corolla.p2p.Host.IdentifiedListener;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.identify.Identify;
import corolla.p2p.identify.IdentifyInfo;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Identify within the host: asks on each new connection, answers, and pushes changes. Thread-safe. */
final class IdentifyService {
    private static final Logger LOG = System.getLogger(IdentifyService.class.getName());

    /** Changes often come in a burst, when an application registers its protocols. */
    private static final Duration PUSH_PAUSE = Duration.ofMillis(50);

    /** Addresses of a peer after its last connection; p2pd keeps them as long. */
    private static final Duration RECENT_TTL = Duration.ofMinutes(30);

    /** While a peer is connected: longer than any connection lives. */
    private static final Duration CONNECTED_TTL = Duration.ofDays(365);

    private final Environment environment;
    private final HostConfig config;
    private final Handlers handlers;
    private final AddressBook addressBook;
    private final ConnectionTable table;
    private final TaskScope scope;
    private final Listeners listeners;
    private final Identify identify;
    private final ProtocolLists protocolLists = new ProtocolLists();
    private final List<IdentifiedListener> identifiedListeners = new CopyOnWriteArrayList<>();
    private volatile List<Multiaddr> extraAddresses = List.of();
    private final Gate gate;
    private boolean isChanged; // guarded by gate
    private final AtomicLong version = new AtomicLong();

    IdentifyService(
            Environment environment,
            HostConfig config,
            Handlers handlers,
            AddressBook addressBook,
            ConnectionTable table,
            TaskScope scope,
            Listeners listeners) {
        this.environment = environment;
        this.config = config;
        this.handlers = handlers;
        this.addressBook = addressBook;
        this.table = table;
        this.scope = scope;
        this.listeners = listeners;
        this.identify = new Identify(environment.clock(), config.limits());
        this.gate = new Gate(environment.clock());
    }

    void start() {
        handlers.put(Identify.PROTOCOL, stream -> tell(connection(stream), stream));
        handlers.put(Identify.PUSH_PROTOCOL, stream -> learned(connection(stream), identify.hear(stream)));
        scope.run("identify pushes", this::pushChanges);
    }

    void onIdentified(IdentifiedListener listener) {
        identifiedListeners.add(listener);
    }

    /**
     * What we tell others: the announced addresses, or else those we listen on, and extra ones. Who has to be reached through relays
     * leaves out his public addresses, as p2pd does: dialing them is what does not work.
     */
    List<Multiaddr> addresses() {
        Set<Multiaddr> all = new LinkedHashSet<>(config.announce().isEmpty() ? listeners.addresses() : List.of());
        if (extraAddresses.stream().anyMatch(Multiaddr::isRelayed)) {
            all.removeIf(Identify::isPublic);
        }
        config.announce().forEach(address -> address.withoutPeer().ifPresent(all::add));
        all.addAll(extraAddresses);
        return List.copyOf(all);
    }

    void setExtraAddresses(List<Multiaddr> addresses) {
        if (!addresses.equals(extraAddresses)) {
            extraAddresses = List.copyOf(addresses);
            changed();
        }
    }

    private void tell(Connection connection, Stream stream) throws IOException, InterruptedException {
        connection.setToldVersion(version.get());
        identify.tell(stream, ours(connection));
    }

    private IdentifyInfo ours(Connection connection) {
        return new IdentifyInfo(
                config.identity().publicKeyMessage(),
                addresses(),
                handlers.protocols(),
                connection.address().isRelayed()
                        ? Optional.empty() // nothing of the peer's own address is seen through a relay
                        : Optional.of(Multiaddr.of(connection.remote())),
                config.agentVersion());
    }

    private static Connection connection(Stream stream) {
        return ((HostStream) stream).connection();
    }

    // ---- asking

    void connected(Connection connection) {
        if (!connection.isInbound()) {
            addressBook.add(connection.peer(), List.of(connection.address()), CONNECTED_TTL);
        }
        scope.run("identify " + connection.peer().shortForm(), () -> ask(connection));
    }

    private void ask(Connection connection) throws InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), config.limits().identifyTime());
        try (Stream stream = connection.open(Identify.PROTOCOL, deadline)) {
            learned(connection, identify.hear(stream));
        } catch (IOException e) {
            LOG.log(
                    Level.DEBUG,
                    () -> "identify failed peer=" + connection.peer().shortForm() + " why=" + e.getMessage());
        }
    }

    private void learned(Connection connection, IdentifyInfo info) {
        addressBook.add(connection.peer(), Identify.addressesToKeep(info, connection.remote()), CONNECTED_TTL);
        connection.setProtocols(protocolLists.shared(info.protocols())); // whose protocols are known, its addresses are
        identifiedListeners.forEach(listener -> listener.identified(connection.peer(), connection.protocols()));
        if (isOutdated(connection)) { // something changed between our answer and this
            scope.run("identify push to " + connection.peer().shortForm(), () -> push(connection));
        }
    }

    /** Whether the peer was told something that is not true any more, and can be told again. */
    private boolean isOutdated(Connection connection) {
        long told = connection.toldVersion();
        return told >= 0 && told < version.get() && connection.protocols().contains(Identify.PUSH_PROTOCOL);
    }

    void disconnected(PeerId peer) {
        addressBook.setTtl(peer, RECENT_TTL);
    }

    // ---- telling

    /** Protocols or addresses are others now; connected peers will be told. */
    void changed() {
        version.incrementAndGet();
        gate.lock();
        isChanged = true;
        gate.signalAll();
        gate.unlock();
    }

    private void pushChanges() throws InterruptedException {
        while (true) {
            awaitChange();
            environment.clock().sleep(PUSH_PAUSE);
            gate.lock();
            isChanged = false;
            gate.unlock();
            for (Connection connection : table.all()) {
                if (isOutdated(connection)) {
                    scope.run("identify push to " + connection.peer().shortForm(), () -> push(connection));
                }
            }
        }
    }

    private void awaitChange() throws InterruptedException {
        gate.lock();
        try {
            while (!isChanged) {
                gate.await(Deadline.never(environment.clock()));
            }
        } finally {
            gate.unlock();
        }
    }

    private void push(Connection connection) throws InterruptedException {
        Deadline deadline = Deadline.after(environment.clock(), config.limits().identifyTime());
        try (Stream stream = connection.open(Identify.PUSH_PROTOCOL, deadline)) {
            tell(connection, stream);
        } catch (IOException e) {
            LOG.log(
                    Level.DEBUG,
                    () -> "identify push failed peer=" + connection.peer().shortForm() + " why=" + e.getMessage());
        }
    }
}
