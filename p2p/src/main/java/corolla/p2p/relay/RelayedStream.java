package corolla.p2p.relay;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.p2p.Stream;
import java.io.IOException;

/** One end of a circuit as raw bytes, on which a connection is set up as on TCP. Owns its stream. Thread-safe as any byte stream. */
final class RelayedStream implements ByteStream {
    private static final Endpoint NOWHERE = new Endpoint("0.0.0.0", 0);

    private final Stream stream;
    private final Endpoint relay;
    private final Clock clock;
    private final Gate gate;
    private boolean isClosed; // guarded by gate

    /** @param relay where the relay is: as near as we can see the remote */
    RelayedStream(Stream stream, Endpoint relay, Clock clock) {
        this.stream = stream;
        this.relay = relay;
        this.clock = clock;
        this.gate = new Gate(clock);
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        return stream.read(into, from, count, deadline);
    }

    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        stream.write(bytes, from, count, deadline);
    }

    @Override
    public Endpoint remote() {
        return relay;
    }

    @Override
    public Endpoint local() {
        return NOWHERE;
    }

    @Override
    public void close() {
        stream.close();
        gate.lock();
        try {
            isClosed = true;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    /** Waits until somebody has closed it: the host does when the connection on it ends. */
    void awaitClosed() throws InterruptedException {
        gate.lock();
        try {
            while (!isClosed) {
                gate.await(Deadline.never(clock));
            }
        } finally {
            gate.unlock();
        }
    }

    @Override
    public String toString() {
        return "circuit by " + stream;
    }
}
