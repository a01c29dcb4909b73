package corolla.p2p.testing;

import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/** Two ends of a byte stream in memory. */
public final class MemoryStream implements ByteStream {
    private final Pipe in;
    private final Pipe out;

    private MemoryStream(Pipe in, Pipe out) {
        this.in = in;
        this.out = out;
    }

    /** Both ends. */
    public static List<MemoryStream> pair(Clock clock) {
        Pipe there = new Pipe(clock);
        Pipe back = new Pipe(clock);
        return List.of(new MemoryStream(back, there), new MemoryStream(there, back));
    }

    private static final class Pipe {
        private final Gate gate;
        private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private boolean isClosed;

        Pipe(Clock clock) {
            gate = new Gate(clock);
        }

        int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
            gate.lock();
            try {
                while (pieces.isEmpty()) {
                    if (isClosed) {
                        return -1;
                    }
                    if (!gate.await(deadline)) {
                        throw new DeadlineException("nothing came");
                    }
                }
                byte[] piece = pieces.remove();
                int taken = Math.min(count, piece.length);
                System.arraycopy(piece, 0, into, from, taken);
                if (taken < piece.length) {
                    pieces.addFirst(Arrays.copyOfRange(piece, taken, piece.length));
                }
                return taken;
            } finally {
                gate.unlock();
            }
        }

        void write(byte[] bytes, int from, int count) throws IOException {
            gate.lock();
            try {
                if (isClosed) {
                    throw new IOException("closed");
                }
                pieces.add(Arrays.copyOfRange(bytes, from, from + count));
                all.write(bytes, from, count);
                gate.signalAll();
            } finally {
                gate.unlock();
            }
        }

        void close() {
            gate.lock();
            isClosed = true;
            gate.signalAll();
            gate.unlock();
        }

        byte[] all() {
            gate.lock();
            try {
                return all.toByteArray();
            } finally {
                gate.unlock();
            }
        }
    }

    @Override
    public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        return in.read(into, from, count, deadline);
    }

    @Override
    public void write(byte[] bytes, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        out.write(bytes, from, count);
    }

    /** All that was ever written to this end. */
    public byte[] written() {
        return out.all();
    }

    @Override
    public Endpoint remote() {
        return new Endpoint("127.0.0.1", 4001);
    }

    @Override
    public Endpoint local() {
        return new Endpoint("127.0.0.1", 4002);
    }

    @Override
    public void close() {
        in.close();
        out.close();
    }
}
