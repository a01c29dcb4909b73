package corolla.base.transport;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A transport whose streams together send, and receive, no faster than a cap; each direction by itself. Thread-safe. Writes wait for their turn
 * piece by piece, so that a large one does not hold up all others; what has been received waits before it is given out, so that TCP slows the
 * sender down.
 */
public final class CappedTransport implements ByteTransport {
    /** What a stream sends before another gets its turn. */
    private static final int PIECE_BYTES = 16 << 10;

    /** So much time's worth of bytes may pass at once after a pause: small messages do not wait. */
    private static final double BURST_SECONDS = 0.1;

    /** Below this, keep-alives and the DHT starve. */
    private static final double BITS_PER_SECOND_MIN = 64_000;

    private final ByteTransport inner;
    private final Clock clock;
    private final TokenBucket up; // guarded by itself
    private final TokenBucket down; // guarded by itself

    /**
     * Caps a transport.
     *
     * @param inner borrowed
     * @param bitsPerSecond of each direction
     */
    public CappedTransport(ByteTransport inner, Clock clock, double bitsPerSecond) {
        if (!(bitsPerSecond >= BITS_PER_SECOND_MIN) || Double.isInfinite(bitsPerSecond)) {
            throw new IllegalArgumentException(
                    "a bandwidth of " + bitsPerSecond + " bit/s is not at least " + BITS_PER_SECOND_MIN);
        }
        this.inner = inner;
        this.clock = clock;
        double bytesPerSecond = bitsPerSecond / Byte.SIZE;
        long burst = Math.max(PIECE_BYTES, (long) (BURST_SECONDS * bytesPerSecond));
        this.up = new TokenBucket(bytesPerSecond, burst, clock.nanoTime());
        this.down = new TokenBucket(bytesPerSecond, burst, clock.nanoTime());
    }

    @Override
    public ByteStream dial(Endpoint to, Deadline deadline) throws IOException, InterruptedException {
        return new Capped(inner.dial(to, deadline));
    }

    @Override
    public List<String> resolve(String host, Deadline deadline) throws IOException, InterruptedException {
        return inner.resolve(host, deadline);
    }

    @Override
    public List<String> localAddresses() throws IOException {
        return inner.localAddresses();
    }

    @Override
    public Listener listen(Endpoint at) throws IOException {
        Listener listener = inner.listen(at);
        return new Listener() {
            @Override
            public ByteStream accept() throws IOException, InterruptedException {
                return new Capped(listener.accept());
            }

            @Override
            public Endpoint endpoint() {
                return listener.endpoint();
            }

            @Override
            public void close() {
                listener.close();
            }
        };
    }

    private long take(TokenBucket bucket, int bytes) {
        synchronized (bucket) {
            return bucket.take(bytes, clock.nanoTime());
        }
    }

    /** A stream that pays for its bytes. */
    private final class Capped implements ByteStream {
        private final ByteStream stream;

        Capped(ByteStream stream) {
            this.stream = stream;
        }

        @Override
        public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
            int read = stream.read(into, from, Math.min(count, PIECE_BYTES), deadline);
            if (read > 0 && pause(take(down, read))) {
                Thread.currentThread().interrupt(); // the bytes are there: they are not lost
            }
            return read;
        }

        @Override
        public void write(byte[] bytes, int from, int count, Deadline deadline)
                throws IOException, InterruptedException {
            boolean wasInterrupted = false;
            try {
                for (int done = 0; done < count; done += PIECE_BYTES) {
                    int piece = Math.min(PIECE_BYTES, count - done);
                    long wait = take(up, piece);
                    if (wait > deadline.remainingNanos(clock)) {
                        close(); // half a message cannot be taken back
                        throw new DeadlineException(count + " bytes to " + remote()
                                + " do not fit through the capped bandwidth in time; connection closed");
                    }
                    wasInterrupted |= pause(wait);
                    stream.write(bytes, from + done, piece, deadline);
                }
            } finally {
                if (wasInterrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        /** An interruption does not cut a message in half: it is kept for later. Returns whether there was one. */
        private boolean pause(long nanos) {
            boolean wasInterrupted = false;
            long end = clock.nanoTime() + nanos;
            for (long left = nanos; left > 0; left = end - clock.nanoTime()) {
                try {
                    clock.sleep(Duration.ofNanos(left));
                } catch (InterruptedException e) {
                    wasInterrupted = true;
                }
            }
            return wasInterrupted;
        }

        @Override
        public Endpoint remote() {
            return stream.remote();
        }

        @Override
        public Endpoint local() {
            return stream.local();
        }

        @Override
        public void close() {
            stream.close();
        }

        @Override
        public String toString() {
            return stream + " (capped)";
        }
    }
}
