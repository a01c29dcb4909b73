package corolla.base.internal;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** A connected socket, which it owns. One reader and one writer at a time. */
final class TcpStream implements ByteStream {
    private final Socket socket;
    private final Clock clock;
    private final WriteWatchdog watchdog;
    private final InputStream in;
    private final OutputStream out;
    private final Endpoint remote;
    private final Endpoint local;

    TcpStream(Socket socket, Clock clock, WriteWatchdog watchdog) throws IOException {
        this.socket = socket;
        this.clock = clock;
        this.watchdog = watchdog;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
        this.remote = Sockets.endpoint(socket.getRemoteSocketAddress());
        this.local = Sockets.endpoint(socket.getLocalSocketAddress());
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        Sockets.checkTime(deadline, clock, "read from " + remote);
        try {
            socket.setSoTimeout(Sockets.timeoutMillis(deadline, clock));
            return in.read(into, from, count);
        } catch (SocketTimeoutException _) {
            throw new DeadlineException("nothing to read from " + remote + " in time");
        } catch (IOException e) {
            Sockets.throwIfInterrupted();
            throw new IOException("reading from " + remote + " failed: " + e.getMessage(), e);
        }
    }

    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        Sockets.checkTime(deadline, clock, "write to " + remote);
        WriteWatchdog.Watch watch = watchdog.begin(socket, deadline);
        try {
            out.write(bytes, from, count);
        } catch (IOException e) {
            if (watch.isOver()) {
                throw new DeadlineException(remote + " did not take " + count + " bytes in time; connection closed");
            }
            Sockets.throwIfInterrupted();
            throw new IOException("writing to " + remote + " failed: " + e.getMessage(), e);
        } finally {
            watchdog.end(watch);
        }
    }

    @Override
    public Endpoint remote() {
        return remote;
    }

    @Override
    public Endpoint local() {
        return local;
    }

    @Override
    public void close() {
        Sockets.closeQuietly(socket);
    }

    @Override
    public String toString() {
        return "tcp " + local + " to " + remote;
    }
}
