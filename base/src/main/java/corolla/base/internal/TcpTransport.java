package corolla.base.internal;

import corolla.base.task.TaskScope;
import corolla.base.task.TaskScopes;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.ByteTransport;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** TCP sockets of the JDK, blocking on virtual threads. Thread-safe. Owns the thread that enforces write deadlines. */
public final class TcpTransport implements ByteTransport, AutoCloseable {
    /** Connections that the system keeps until we accept them. */
    private static final int BACKLOG = 128;

    private final Clock clock;
    private final NameResolver names;
    private final WriteWatchdog watchdog;
    private final TaskScope scope;

    public TcpTransport(Clock clock, TaskScopes tasks) {
        this.clock = clock;
        this.names = new NameResolver(clock);
        this.watchdog = new WriteWatchdog(clock);
        this.scope = tasks.open("tcp");
        scope.run("tcp write watchdog", watchdog::watch);
    }

    @Override
    public List<String> resolve(String host, Deadline deadline) throws IOException, InterruptedException {
        return names.resolve(host, deadline).stream()
                .map(InetAddress::getHostAddress)
                .toList();
    }

    /** Tries the addresses of a name one after the other, each for a fair share of the time. */
    @Override
    public ByteStream dial(Endpoint to, Deadline deadline) throws IOException, InterruptedException {
        if (to.port() == 0) {
            throw new IllegalArgumentException("cannot dial port 0 of " + to.host());
        }
        List<InetAddress> addresses = names.resolve(to.host(), deadline);
        IOException failure = null;
        for (int i = 0; i < addresses.size(); i++) {
            long share = deadline.remainingNanos(clock) / (addresses.size() - i);
            try {
                return connect(new InetSocketAddress(addresses.get(i), to.port()), Sockets.within(share, clock));
            } catch (IOException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure == null ? new IOException("'" + to.host() + "' has no address") : failure;
    }

    private ByteStream connect(InetSocketAddress address, Deadline deadline) throws IOException, InterruptedException {
        Sockets.checkTime(deadline, clock, "dial " + Sockets.endpoint(address));
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(address, Sockets.timeoutMillis(deadline, clock));
            return new TcpStream(socket, clock, watchdog);
        } catch (IOException e) {
            Sockets.closeQuietly(socket);
            Sockets.throwIfInterrupted();
            if (e instanceof SocketTimeoutException) {
                throw new DeadlineException("no connection to " + Sockets.endpoint(address) + " in time");
            }
            throw new IOException("cannot connect to " + Sockets.endpoint(address) + ": " + e.getMessage(), e);
        }
    }

    /** On most systems the wildcard of either family takes connections of both, and the other is then in use. */
    @Override
    public Listener listen(Endpoint at) throws IOException {
        InetAddress address = InetAddress.getByName(at.host());
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, at.port()), BACKLOG);
        } catch (IOException e) {
            Sockets.closeQuietly(socket);
            throw new IOException("cannot listen at " + at + ": " + e.getMessage(), e);
        }
        return new TcpListener(socket, clock, watchdog);
    }

    @Override
    public List<String> localAddresses() throws IOException {
        List<String> near = new ArrayList<>();
        List<String> loopback = new ArrayList<>();
        for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
            if (network.isUp()) {
                network.inetAddresses()
                        .filter(address -> !address.isLinkLocalAddress())
                        .forEach(address -> (address.isLoopbackAddress() ? loopback : near).add(withoutZone(address)));
            }
        }
        near.addAll(loopback);
        return List.copyOf(near);
    }

    private static String withoutZone(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    @Override
    public void close() {
        scope.close();
    }
}
