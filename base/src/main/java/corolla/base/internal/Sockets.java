package corolla.base.internal;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.Endpoint;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** What sockets need of times and names. */
final class Sockets {
    private static final System.Logger LOG = System.getLogger(Sockets.class.getName());

    private Sockets() {}

    static Deadline within(long nanos, Clock clock) {
        return new Deadline(clock.nanoTime() + nanos);
    }

    static void checkTime(Deadline deadline, Clock clock, String what) throws DeadlineException {
        if (deadline.isOver(clock)) {
            throw new DeadlineException("no time left to " + what);
        }
    }

    /** As sockets take it: at least 1, and 0 for longer than they can count. */
    static int timeoutMillis(Deadline deadline, Clock clock) {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline.remainingNanos(clock) + 999_999);
        return millis > Integer.MAX_VALUE ? 0 : (int) Math.max(1, millis);
    }

    /** An interrupted virtual thread finds its socket closed: what has happened is the interruption. */
    static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    static Endpoint endpoint(SocketAddress address) {
        if (address instanceof InetSocketAddress internet && internet.getAddress() != null) {
            return new Endpoint(internet.getAddress().getHostAddress(), internet.getPort());
        }
        throw new IllegalStateException("socket without an internet address: " + address);
    }

    static void closeQuietly(Closeable socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "socket did not close in order", e);
        }
    }
}
