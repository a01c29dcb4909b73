package corolla.testkit;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import java.io.IOException;

/** One end of a simulated connection. */
final class SimulatedStream implements ByteStream {
    private final SimulatedNetwork network;
    private final Clock clock;
    private final Pipe in;
    private final Pipe out;
    private final Endpoint local;
    private final Endpoint remote;

    SimulatedStream(SimulatedNetwork network, Clock clock, Pipe in, Pipe out, Endpoint local, Endpoint remote) {
        this.network = network;
        this.clock = clock;
        this.in = in;
        this.out = out;
        this.local = local;
        this.remote = remote;
        network.opened(this);
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        check("read from " + remote, deadline);
        try {
            return count == 0 ? 0 : in.read(into, from, count, deadline);
        } catch (InterruptedException e) {
            close(); // as a socket under a virtual thread
            throw e;
        }
    }

    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        check("write to " + remote, deadline);
        try {
            out.write(bytes, from, count, deadline);
        } catch (DeadlineException | InterruptedException e) {
            close(); // half a message is out: as a socket's watchdog does
            throw e;
        }
    }

    private void check(String what, Deadline deadline) throws DeadlineException, InterruptedException {
        if (Thread.interrupted()) {
            close(); // as a socket under a virtual thread
            throw new InterruptedException();
        }
        if (deadline.isOver(clock)) {
            throw new DeadlineException("no time left to " + what);
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
        out.closeSender();
        in.closeReceiver();
        network.closed(this);
    }

    /** As when the process dies. */
    void reset() {
        out.reset();
        in.closeReceiver();
        network.closed(this);
    }

    void mended() {
        out.mended();
    }

    /** Whether it connects these two hosts, in any direction. */
    boolean joins(String one, String other) {
        String here = local.host();
        String there = remote.host();
        return here.equals(one) ? there.equals(other) : here.equals(other) && there.equals(one);
    }

    @Override
    public String toString() {
        return "simulated " + local + " to " + remote;
    }
}
