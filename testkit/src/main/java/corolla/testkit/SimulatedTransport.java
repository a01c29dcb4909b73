package corolla.testkit;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One host's sockets. A port has one listener, whatever address of the host it was given. */
final class SimulatedTransport implements ByteTransport {
    private static final Set<String> OWN_NAMES =
            Set.of("0.0.0.0", "::", "127.0.0.1", "::1", "localhost"); // looked up only
    private static final int EPHEMERAL_PORT_MIN = 32_768;

    private final SimulatedNetwork network;
    private final Clock clock;
    private final String address;
    private final Map<Integer, SimulatedListener> listeners = new LinkedHashMap<>(); // by port
    private int nextPort = EPHEMERAL_PORT_MIN;
    private boolean dead;

    SimulatedTransport(SimulatedNetwork network, Clock clock, String address) {
        this.network = network;
        this.clock = clock;
        this.address = address;
    }

    @Override
    public Listener listen(Endpoint at) throws IOException {
        checkAlive();
        if (!OWN_NAMES.contains(at.host()) && !address.equals(network.resolve(at.host()))) {
            throw new IOException("cannot listen at " + at + ": it is no address of this host, which is " + address);
        }
        int port = at.port() == 0 ? freePort() : at.port();
        if (listeners.containsKey(port)) {
            throw new IOException("cannot listen at " + at + ": the port is in use");
        }
        SimulatedListener listener = new SimulatedListener(this, clock, new Endpoint(at.host(), port));
        listeners.put(port, listener);
        return listener;
    }

    @Override
    public List<String> resolve(String host, Deadline deadline) throws IOException {
        if (OWN_NAMES.contains(host)) {
            return List.of(address);
        }
        List<String> addresses = network.addresses(host);
        if (addresses.isEmpty()) {
            throw new IOException("name '" + host + "' cannot be resolved: no such host in this world");
        }
        return addresses;
    }

    @Override
    public List<String> localAddresses() {
        return List.of(address, "127.0.0.1");
    }

    @Override
    public ByteStream dial(Endpoint to, Deadline deadline) throws IOException, InterruptedException {
        checkAlive();
        String target = OWN_NAMES.contains(to.host()) ? address : network.resolve(to.host());
        if (target == null) {
            throw new IOException("name '" + to.host() + "' cannot be resolved: no such host in this world");
        }
        Endpoint remote = new Endpoint(target, to.port());
        long delay = network.delayNanos(address, target);
        if (network.isCut(address, target) || network.isCut(target, address) || network.dropsInbound(target)) {
            sleepUntil(deadline, Long.MAX_VALUE / 2, remote);
        }
        sleepUntil(deadline, delay, remote);
        SimulatedTransport host = network.host(target);
        SimulatedStream ours = host == null || network.refusesInbound(target) ? null : host.connect(this, remote);
        sleepUntil(deadline, delay, remote, ours);
        if (ours == null) {
            throw new IOException("cannot connect to " + remote + ": connection refused");
        }
        return ours;
    }

    /** Makes a connection from {@code dialer} to a port of this host; null when nobody listens there. */
    private @Nullable SimulatedStream connect(SimulatedTransport dialer, Endpoint here) {
        SimulatedListener listener = listeners.get(here.port());
        if (listener == null) {
            return null;
        }
        Endpoint there = new Endpoint(dialer.address, dialer.freePort());
        Pipe back = network.pipe(clock, here, there);
        Pipe forth = network.pipe(clock, there, here);
        SimulatedStream theirs = new SimulatedStream(network, clock, forth, back, here, there);
        if (!listener.offer(theirs)) {
            network.closed(theirs);
            return null;
        }
        return new SimulatedStream(network, clock, back, forth, there, here);
    }

    private void sleepUntil(Deadline deadline, long nanos, Endpoint remote, @Nullable SimulatedStream... toClose)
            throws IOException, InterruptedException {
        boolean arrived = false;
        try {
            long left = Math.max(0, deadline.remainingNanos(clock));
            clock.sleep(Duration.ofNanos(Math.min(nanos, left)));
            if (nanos > left) {
                throw new DeadlineException("no connection to " + remote + " in time");
            }
            arrived = true;
        } finally {
            if (!arrived) {
                for (SimulatedStream stream : toClose) {
                    if (stream != null) {
                        stream.reset();
                    }
                }
            }
        }
    }

    private int freePort() {
        while (listeners.containsKey(nextPort)) {
            nextPort++;
        }
        return nextPort++;
    }

    private void checkAlive() throws IOException {
        if (dead) {
            throw new IOException("this host has crashed");
        }
    }

    void closed(SimulatedListener listener) {
        listeners.remove(listener.endpoint().port(), listener);
    }

    /** The process has died: its connections are reset, and nothing that its threads still try gets out. */
    void crash() {
        dead = true;
        network.resetAll(address);
        for (SimulatedListener listener : List.copyOf(listeners.values())) {
            listener.close();
        }
    }
}
