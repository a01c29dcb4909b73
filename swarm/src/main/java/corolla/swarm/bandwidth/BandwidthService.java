package corolla.swarm.bandwidth;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Helps others to measure their network: a few megabytes each way, one of them at a time, and each seldom. Thread-safe. */
public final class BandwidthService implements AutoCloseable {
    /** Who has measured need not do so again soon; a restarted server has another peer id, or the patience. */
    private static final Duration BETWEEN = Duration.ofSeconds(30);

    private static final int PEERS_MAX = 256;

    private final Rpc rpc;
    private final Clock clock;
    private final Map<PeerId, Long> served = new LinkedHashMap<>(); // guarded by this
    private boolean busy; // guarded by this

    private BandwidthService(Rpc rpc, Clock clock) {
        this.rpc = rpc;
        this.clock = clock;
    }

    /** Begins to answer on this node. */
    public static BandwidthService start(Rpc rpc, Clock clock) {
        var service = new BandwidthService(rpc, clock);
        rpc.handleStream(Transfer.NAME, service::handle);
        return service;
    }

    private void handle(RpcContext context, RpcSource requests, RpcSink responses)
            throws IOException, InterruptedException {
        enter(context.peer());
        try {
            Deadline up = Deadline.after(clock, Transfer.TIME_MAX);
            long nanos = Transfer.receive(requests, clock, up);
            Deadline down = Deadline.after(clock, Transfer.TIME_MAX);
            responses.send(ByteBuffer.allocate(Long.BYTES).putLong(nanos).array(), down);
            if (nanos > 0) {
                Transfer.send(responses, down);
            }
        } finally {
            leave();
        }
    }

    private synchronized void enter(PeerId peer) throws IOException {
        long now = clock.nanoTime();
        served.values().removeIf(since -> now - since > BETWEEN.toNanos());
        if (busy || served.containsKey(peer) || served.size() >= PEERS_MAX) {
            throw new IOException("busy with other measurements, try later");
        }
        served.put(peer, now);
        busy = true;
    }

    private synchronized void leave() {
        busy = false;
    }

    /** Answers no more. */
    @Override
    public void close() {
        rpc.remove(Transfer.NAME);
    }
}
