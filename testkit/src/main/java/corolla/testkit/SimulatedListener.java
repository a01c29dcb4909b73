package corolla.testkit;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.util.ArrayDeque;

/** Accepts what simulated hosts dial. */
final class SimulatedListener implements Listener {
    private static final int BACKLOG = 128;

    private final SimulatedTransport transport;
    private final Clock clock;
    private final Endpoint endpoint;
    private final Gate gate;
    private final ArrayDeque<SimulatedStream> backlog = new ArrayDeque<>(); // guarded by gate
    private boolean closed; // guarded by gate

    SimulatedListener(SimulatedTransport transport, Clock clock, Endpoint endpoint) {
        this.transport = transport;
        this.clock = clock;
        this.endpoint = endpoint;
        this.gate = new Gate(clock);
    }

    /** A connection comes in; false when nobody will accept it. */
    boolean offer(SimulatedStream stream) {
        gate.lock();
        try {
            if (closed || backlog.size() >= BACKLOG) {
                return false;
            }
            backlog.add(stream);
            gate.signalAll();
            return true;
        } finally {
            gate.unlock();
        }
    }

    @Override
    public ByteStream accept() throws IOException, InterruptedException {
        gate.lock();
        try {
            while (true) {
                if (closed) {
                    throw new IOException("listening at " + endpoint + " ended: closed");
                }
                SimulatedStream next = backlog.poll();
                if (next != null) {
                    return next;
                }
                gate.await(Deadline.never(clock));
            }
        } finally {
            gate.unlock();
        }
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        transport.closed(this);
        gate.lock();
        try {
            closed = true;
            gate.signalAll();
        } finally {
            gate.unlock();
        }
        SimulatedStream unaccepted;
        while ((unaccepted = backlog.poll()) != null) {
            unaccepted.reset();
        }
    }
}
