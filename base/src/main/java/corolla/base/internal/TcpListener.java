package corolla.base.internal;

import corolla.base.time.Clock;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** A listening socket, which it owns. */
final class TcpListener implements Listener {
    private static final System.Logger LOG = System.getLogger(TcpListener.class.getName());

    private final ServerSocket socket;
    private final Clock clock;
    private final WriteWatchdog watchdog;
    private final Endpoint endpoint;

    TcpListener(ServerSocket socket, Clock clock, WriteWatchdog watchdog) {
        this.socket = socket;
        this.clock = clock;
        this.watchdog = watchdog;
        this.endpoint = Sockets.endpoint(socket.getLocalSocketAddress());
    }

    @Override
    public ByteStream accept() throws IOException, InterruptedException {
        while (true) {
            Socket accepted = acceptSocket();
            try {
                accepted.setTcpNoDelay(true);
                accepted.setKeepAlive(true);
                return new TcpStream(accepted, clock, watchdog);
            } catch (IOException | IllegalStateException e) { // gone before we looked at it: that is not our end
                Sockets.closeQuietly(accepted);
                LOG.log(System.Logger.Level.DEBUG, "accepted connection was closed at once", e);
            }
        }
    }

    private Socket acceptSocket() throws IOException, InterruptedException {
        try {
            return socket.accept();
        } catch (IOException e) {
            Sockets.throwIfInterrupted();
            throw new IOException("listening at " + endpoint + " ended: " + e.getMessage(), e);
        }
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        Sockets.closeQuietly(socket);
    }
}
