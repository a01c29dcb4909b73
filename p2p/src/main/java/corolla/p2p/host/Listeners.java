package corolla.p2p.host;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.TaskScope;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import corolla.p2p.P2pLimits;
import corolla.p2p.tcp.ListenAddresses;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The host's open doors. Thread-safe. */
final class Listeners implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Listeners.class.getName());

    /** Pause after a failed accept: out of file descriptors, for instance, lasts a while. */
    private static final Duration ACCEPT_PAUSE = Duration.ofMillis(100);

    private static final int ACCEPT_FAILURES_MAX = 100;

    private final Environment environment;
    private final TaskScope scope;
    private final Upgrade upgrade;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final List<Listened> listened = new CopyOnWriteArrayList<>();
    private final InboundUpgrades upgrades;
    private volatile boolean isClosed;

    /** Makes a connection of a raw stream; blocks, and does not throw for the peer's faults. */
    interface Upgrade {
        void upgrade(ByteStream raw, Multiaddr from) throws InterruptedException;
    }

    /**
     * An address listened on.
     *
     * @param host as it was asked for, so that 0.0.0.0 and :: stay apart
     * @param askedPort 0 when any was welcome
     * @param port in use
     */
    private record Listened(String host, int askedPort, int port) {}

    Listeners(Environment environment, P2pLimits limits, TaskScope scope, Upgrade upgrade) {
        this.environment = environment;
        this.upgrades = new InboundUpgrades(limits.upgradesInboundMax());
        this.scope = scope;
        this.upgrade = upgrade;
    }

    void listen(List<Multiaddr> addresses) throws IOException {
        for (Multiaddr address : addresses) {
            Endpoint asked = address.tcpEndpoint()
                    .orElseThrow(() ->
                            new IOException("cannot listen on " + address + ": only /ip4|ip6/…/tcp/… is supported"));
            if (!isCovered(asked)) {
                open(asked);
            }
        }
    }

    /**
     * The wildcard of one family takes the connections of the other too, so a second one on the same port would be refused; and two
     * that leave the port open mean one port.
     */
    private boolean isCovered(Endpoint asked) {
        if (!ListenAddresses.isWildcard(asked)) {
            return false;
        }
        Optional<Listened> other = listened.stream()
                .filter(one -> one.askedPort == asked.port())
                .filter(one -> ListenAddresses.isWildcard(new Endpoint(one.host, one.port)))
                .findFirst();
        other.ifPresent(one -> listened.add(new Listened(asked.host(), asked.port(), one.port)));
        return other.isPresent();
    }

    private void open(Endpoint asked) throws IOException {
        Listener listener = environment.transport().listen(asked);
        listeners.add(listener);
        listened.add(
                new Listened(asked.host(), asked.port(), listener.endpoint().port()));
        scope.run("listen " + asked, () -> acceptAll(listener));
    }

    private void acceptAll(Listener listener) throws InterruptedException {
        int failures = 0;
        while (!isClosed) {
            try {
                ByteStream raw = listener.accept();
                accepted(raw, Multiaddr.of(raw.remote()));
                failures = 0;
            } catch (IOException e) {
                if (isClosed) {
                    return;
                }
                failures++;
                if (failures == 1) {
                    LOG.log(Level.WARNING, "cannot accept connections at " + listener.endpoint(), e);
                }
                if (failures > ACCEPT_FAILURES_MAX) {
                    LOG.log(Level.ERROR, "gave up listening at " + listener.endpoint() + ": restart this node", e);
                    return;
                }
                environment.clock().sleep(ACCEPT_PAUSE);
            }
        }
    }

    /** Sets up a connection that came in by {@code raw}; an elder one that is not set up yet may have to make room. */
    void accepted(ByteStream raw, Multiaddr from) {
        ByteStream slowest = upgrades.enter(raw);
        if (slowest != null) {
            LOG.log(Level.DEBUG, () -> "too many connections are being set up, put out " + slowest.remote());
            slowest.close();
        }
        try {
            scope.run("upgrade " + raw.remote(), () -> {
                try {
                    upgrade.upgrade(raw, from);
                } finally {
                    upgrades.leave(raw);
                }
            });
        } catch (IllegalStateException e) { // closing
            upgrades.leave(raw);
            raw.close();
        }
    }

    /** Where others can reach us, wildcards expanded. */
    List<Multiaddr> addresses() {
        List<Multiaddr> addresses = new ArrayList<>();
        for (Listened one : listened) {
            try {
                addresses.addAll(ListenAddresses.expand(environment.transport(), one.host, one.port));
            } catch (IOException e) {
                LOG.log(Level.WARNING, "cannot tell the addresses of this machine's interfaces", e);
            }
        }
        return addresses;
    }

    List<Endpoint> endpoints() {
        return listeners.stream().map(Listener::endpoint).toList();
    }

    @Override
    public void close() {
        isClosed = true;
        listeners.forEach(Listener::close);
    }
}
