package corolla.p2p.ping;

import corolla.base.ProtocolException;
import corolla.base.random.Randoms;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

/** Both ends of a ping stream. Thread-safe. */
public final class Ping {
    public static final String PROTOCOL = "/ipfs/ping/1.0.0";
    private static final int BLOCK_BYTES = 32;

    private final Clock clock;
    private final Randoms randoms;
    private final Duration idleTime;

    /**
     * Serves and sends pings.
     *
     * @param idleTime a served stream without a ping for so long is ended
     */
    public Ping(Clock clock, Randoms randoms, Duration idleTime) {
        this.clock = clock;
        this.randoms = randoms;
        this.idleTime = idleTime;
    }

    /** Echoes until the remote ends the stream. */
    public void serve(Stream stream) throws IOException, InterruptedException {
        byte[] block = new byte[BLOCK_BYTES];
        while (readBlock(stream, block, Deadline.after(clock, idleTime))) {
            stream.write(block, 0, block.length, Deadline.after(clock, idleTime));
        }
    }

    /** How long one block takes to the peer and back on a fresh stream, its opening included. */
    public Duration ping(Host host, PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        byte[] sent = new byte[BLOCK_BYTES];
        randoms.secret(sent);
        byte[] received = new byte[BLOCK_BYTES];
        long start = clock.nanoTime();
        try (Stream stream = host.open(peer, PROTOCOL, deadline)) {
            stream.write(sent, 0, sent.length, deadline);
            if (!readBlock(stream, received, deadline) || !Arrays.equals(sent, received)) {
                throw new ProtocolException("ping to " + peer.shortForm() + " did not come back as it was sent");
            }
        }
        return Duration.ofNanos(clock.nanoTime() - start);
    }

    /** @return false when the stream ends before the block's first byte */
    private static boolean readBlock(Stream stream, byte[] block, Deadline deadline)
            throws IOException, InterruptedException {
        int count = 0;
        while (count < block.length) {
            int got = stream.read(block, count, block.length - count, deadline);
            if (got < 0) {
                if (count == 0) {
                    return false;
                }
                throw new ProtocolException("ping block ends after " + count + " bytes");
            }
            count += got;
        }
        return true;
    }
}
