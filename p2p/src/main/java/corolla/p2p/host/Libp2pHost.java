package corolla.p2p.host;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.p2p.AddressBook;
import corolla.p2p.Host;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.PeerRouting;
import corolla.p2p.Stream;
import corolla.p2p.StreamHandler;
import corolla.p2p.StreamResetException;
import corolla.p2p.Transport;
import corolla.p2p.ping.Ping;
import corolla.p2p.tcp.TcpTransport;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The host that speaks libp2p: TCP, multistream-select, Noise, yamux, identify, ping. Thread-safe. Owns its listeners,
 * connections and threads.
 */
public final class Libp2pHost implements Host {
    private static final Logger LOG = System.getLogger(Libp2pHost.class.getName());

    /** A connection may break between being chosen and being used; then another one is tried, but not for ever. */
    private static final int OPEN_ATTEMPTS_MAX = 3;

    private static final Duration CLOSE_TIME = Duration.ofSeconds(1);
    private static final Duration LIFE_INTERVAL = Duration.ofSeconds(2);

    private final Environment environment;
    private final HostConfig config;
    private final P2pLimits limits;
    private final Handlers handlers = new Handlers();
    private final AddressBook addressBook;
    private final ConnectionTable table;
    private final TaskScope scope;
    private final Upgrader upgrader;
    private final Dialer dialer;
    private final Listeners listeners;
    private final IdentifyService identify;
    private final List<DisconnectedListener> disconnectedListeners = new CopyOnWriteArrayList<>();
    private final List<DisconnectedListener> lostListeners = new CopyOnWriteArrayList<>();
    private volatile boolean isClosed;

    private Libp2pHost(Environment environment, HostConfig config) {
        this.environment = environment;
        this.config = config;
        this.limits = config.limits();
        this.addressBook = new AddressBook(environment.clock(), limits);
        this.table = new ConnectionTable(environment.clock(), limits);
        this.scope = environment.tasks().open("host " + peerId().shortForm());
        this.upgrader = new Upgrader(environment, limits, handlers, config.identity());
        this.dialer = new Dialer(environment, limits, upgrader, addressBook, scope, this::opened);
        this.listeners = new Listeners(environment, limits, scope, this::upgrade);
        this.identify = new IdentifyService(environment, config, handlers, addressBook, table, scope, listeners);
    }

    /**
     * Starts a host; the caller owns and closes it.
     *
     * @throws IOException when an address to listen on cannot be used
     */
    public static Libp2pHost start(Environment environment, HostConfig config) throws IOException {
        Libp2pHost host = new Libp2pHost(environment, config);
        try {
            host.dialer.add(new TcpTransport(environment.transport(), environment.clock()));
            Ping ping = new Ping(environment.clock(), environment.randoms(), host.limits.pingIdleTime());
            host.handlers.put(Ping.PROTOCOL, ping::serve);
            host.identify.start();
            host.scope.run("signs of life", host::checkLives);
            host.listeners.listen(config.listen());
            LOG.log(Level.INFO, () -> "host started peer=" + host.peerId() + " addresses=" + host.addresses());
            return host;
        } catch (IOException | RuntimeException e) {
            host.close();
            throw e;
        }
    }

    @Override
    public PeerId peerId() {
        return config.identity().peerId();
    }

    @Override
    public List<Multiaddr> addresses() {
        byte[] id = peerId().bytes();
        return identify.addresses().stream()
                .map(address -> address.withPeer(id))
                .toList();
    }

    @Override
    public void handle(String protocol, StreamHandler handler) {
        handlers.put(protocol, handler);
        identify.changed();
    }

    @Override
    public void removeHandler(String protocol) {
        handlers.remove(protocol);
        identify.changed();
    }

    /** Adds a way to reach addresses: a relay's circuits, for instance. Earlier ones are asked first. */
    public void addTransport(Transport transport) {
        dialer.add(transport);
    }

    /** Replaces the addresses that are told to others besides the ones listened on; connected peers learn of it. */
    public void setExtraAddresses(List<Multiaddr> addresses) {
        identify.setExtraAddresses(addresses);
    }

    /** Takes a raw stream by which a peer has come to us on a way of its own, from {@code from}, as if it had come to a listener. */
    public void accept(ByteStream raw, Multiaddr from) {
        listeners.accepted(raw, from);
    }

    /** Where the connection that carries a stream of this host leads: what was dialed, or from where the peer came. */
    public Multiaddr remoteAddress(Stream stream) {
        return ((HostStream) stream).connection().address();
    }

    /** While {@code kept}, connections with the peer are not closed for being idle: others rely on them. */
    public void keepConnections(PeerId peer, boolean kept) {
        table.keep(peer, kept);
    }

    // ---- streams of ours

    @Override
    public Stream open(PeerId peer, String protocol, Deadline deadline) throws IOException, InterruptedException {
        if (peer.equals(peerId())) {
            throw new IllegalArgumentException("a host opens no stream to itself");
        }
        for (int attempt = 1; ; attempt++) {
            Connection connection = connection(peer, deadline);
            try {
                return connection.open(protocol, deadline);
            } catch (StreamResetException e) {
                if (attempt == OPEN_ATTEMPTS_MAX || connection.isOpen()) {
                    throw e;
                }
                LOG.log(Level.DEBUG, () -> "connection broke before a stream was open, trying another " + connection);
                table.remove(connection);
            }
        }
    }

    private Connection connection(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        checkOpen();
        Optional<Connection> open = table.best(peer);
        if (open.isPresent()) {
            return open.get();
        }
        try {
            return dialer.connect(peer, deadline);
        } catch (IOException e) {
            // Who cannot be dialed may be heard again on the connection that was doubted.
            return table.any(peer).orElseThrow(() -> e);
        }
    }

    @Override
    public void retry(PeerId peer) {
        dialer.retry(peer);
    }

    @Override
    public void doubt(PeerId peer, Duration silence) {
        table.of(peer).forEach(connection -> connection.doubt(silence));
    }

    @Override
    public PeerId connect(Multiaddr address, Deadline deadline) throws IOException, InterruptedException {
        checkOpen();
        Optional<PeerId> expected = PeerId.at(address);
        Optional<Connection> open = expected.flatMap(table::best);
        if (open.isPresent()) {
            return open.get().peer();
        }
        return dialer.dial(address, expected.orElse(null), deadline).peer();
    }

    private void checkOpen() throws IOException {
        if (isClosed) {
            throw new IOException("host " + peerId().shortForm() + " is closed");
        }
    }

    // ---- connections

    private void upgrade(ByteStream raw, Multiaddr from) throws InterruptedException {
        if (isClosed || table.isFull()) {
            raw.close();
            return;
        }
        try {
            opened(upgrader.inbound(raw, from, Deadline.after(environment.clock(), limits.upgradeTime())));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "inbound connection refused from=" + from + " why=" + e.getMessage());
        }
    }

    /** Runs the connection from now on. */
    private void opened(Connection connection) throws IOException {
        List<Connection> superfluous = table.add(connection);
        try {
            scope.run("connection " + connection.peer().shortForm(), () -> run(connection));
        } catch (IllegalStateException e) {
            table.remove(connection);
            connection.close();
            throw new IOException("the host is closing", e);
        }
        identify.connected(connection);
        superfluous.forEach(idle -> {
            LOG.log(Level.DEBUG, () -> "closing an idle connection, there are too many " + idle);
            scope.run("close " + idle.peer().shortForm(), idle::close);
        });
    }

    private void run(Connection connection) throws InterruptedException {
        LOG.log(Level.DEBUG, () -> "connected " + connection);
        String reason = connection.run(() -> ended(connection));
        LOG.log(Level.DEBUG, () -> "disconnected " + connection + " why=" + reason);
    }

    /** One thread for all connections: most of them say nothing most of the time. */
    private void checkLives() throws InterruptedException {
        while (true) {
            environment.clock().sleep(LIFE_INTERVAL);
            table.all().forEach(Connection::checkLife);
        }
    }

    private void ended(Connection connection) {
        if (table.remove(connection)) {
            identify.disconnected(connection.peer());
            disconnectedListeners.forEach(listener -> listener.disconnected(connection.peer()));
            if (!connection.isClosedByUs()) {
                lostListeners.forEach(listener -> listener.disconnected(connection.peer()));
            }
        }
    }

    // ---- what is known of peers

    @Override
    public AddressBook addressBook() {
        return addressBook;
    }

    @Override
    public void setPeerRouting(PeerRouting routing) {
        dialer.setRouting(routing);
    }

    @Override
    public List<PeerId> connectedPeers() {
        return table.peers();
    }

    @Override
    public void disconnect(PeerId peer) {
        table.of(peer).forEach(Connection::close);
    }

    @Override
    public Set<String> protocolsOf(PeerId peer) {
        return table.protocols(peer);
    }

    @Override
    public void onIdentified(IdentifiedListener listener) {
        identify.onIdentified(listener);
    }

    @Override
    public void onDisconnected(DisconnectedListener listener) {
        disconnectedListeners.add(listener);
    }

    @Override
    public void onLost(DisconnectedListener listener) {
        lostListeners.add(listener);
    }

    @Override
    public void close() {
        isClosed = true;
        listeners.close();
        closeConnections();
        scope.close();
    }

    /** All at once: each may take a moment to send what was written. */
    private void closeConnections() {
        try (TaskScope closing = environment.tasks().open("closing " + this)) {
            List<Task<?>> tasks = new ArrayList<>();
            for (Connection connection : table.all()) {
                tasks.add(closing.run("close " + connection.peer().shortForm(), connection::close));
            }
            Deadline deadline = Deadline.after(environment.clock(), CLOSE_TIME);
            for (Task<?> task : tasks) {
                task.await(deadline);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, () -> "closing without waiting any longer why=" + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** For tests. */
    List<Connection> connectionsFor(PeerId peer) {
        return table.of(peer);
    }

    /** Where we listen, for tests and logs. */
    List<Endpoint> endpoints() {
        return listeners.endpoints();
    }

    @Override
    public String toString() {
        return "host " + peerId().shortForm();
    }
}
