package corolla.swarm.bandwidth;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import java.io.IOException;
import java.time.Duration;

/** Pieces of nothing one way, and the time that they take. Stateless. */
final class Transfer {
    static final String NAME = "CorollaProtocol.rpc_bandwidth";

    /** Large enough that a fast network is busy for longer than its round trip, small enough to ask a stranger for. */
    static final int BYTES = 4 << 20;

    static final int PIECE_BYTES = 64 << 10;

    /** One way; a network that is slower than half a megabit a second takes as long as this. */
    static final Duration TIME_MAX = Duration.ofSeconds(15);

    private Transfer() {}

    static void send(RpcSink to, Deadline deadline) throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int sent = 0; sent < BYTES; sent += PIECE_BYTES) {
            to.send(piece, deadline);
        }
    }

    /** Receives until the sender ends or has sent all; returns the nanoseconds that the later half took, or -1 when it was less than all. */
    static long receive(RpcSource from, Clock clock, Deadline deadline) throws IOException, InterruptedException {
        long received = 0;
        long halfNanoTime = 0;
        while (received < BYTES) {
            byte[] piece = from.receive(deadline);
            if (piece == null || piece.length == 0) {
                return -1;
            }
            boolean wasHalf = received >= BYTES / 2;
            received += piece.length;
            if (!wasHalf && received >= BYTES / 2) {
                halfNanoTime = clock.nanoTime();
            }
        }
        return Math.max(1, clock.nanoTime() - halfNanoTime);
    }

    /** What a later half of so many nanoseconds means. */
    static double bitsPerSecond(long nanos) {
        return BYTES / 2.0 * Byte.SIZE * 1e9 / nanos;
    }
}
