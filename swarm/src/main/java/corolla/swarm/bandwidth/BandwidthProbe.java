package corolla.swarm.bandwidth;

import corolla.base.ProtocolException;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcCall;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalDouble;

/** Measures what this node's network carries, with others of the swarm. Stateless. */
public final class BandwidthProbe {
    private static final System.Logger LOG = System.getLogger(BandwidthProbe.class.getName());

    /** The best of so many: a slow partner says little about us. */
    private static final int PARTNERS_MAX = 3;

    /** So many are asked before it is given up. */
    private static final int ASKED_MAX = 8;

    private final Rpc rpc;
    private final Clock clock;

    public BandwidthProbe(Rpc rpc, Clock clock) {
        this.rpc = rpc;
        this.clock = clock;
    }

    /**
     * Takes some seconds.
     *
     * @param peers who may help, in the order in which to ask them
     * @return bits a second, of the slower direction; empty when nobody helps
     */
    public OptionalDouble bitsPerSecond(List<PeerId> peers) throws InterruptedException {
        double best = 0;
        int partners = 0;
        for (PeerId peer : peers.subList(0, Math.min(peers.size(), ASKED_MAX))) {
            if (partners == PARTNERS_MAX) {
                break;
            }
            try {
                best = Math.max(best, with(peer));
                partners++;
            } catch (IOException no) {
                LOG.log(Level.DEBUG, "bandwidth not measured peer={0}: {1}", peer.shortForm(), no.getMessage());
            }
        }
        return partners == 0 ? OptionalDouble.empty() : OptionalDouble.of(best);
    }

    private double with(PeerId peer) throws IOException, InterruptedException {
        Deadline up = Deadline.after(clock, Transfer.TIME_MAX);
        try (RpcCall call = rpc.openStream(peer, Transfer.NAME, up)) {
            Transfer.send(call, up);
            call.endRequests(up);
            byte[] answer = call.receive(up);
            Deadline down = Deadline.after(clock, Transfer.TIME_MAX);
            if (answer == null || answer.length != Long.BYTES) {
                throw new ProtocolException(peer.shortForm() + " does not say how long the bytes took");
            }
            long upNanos = ByteBuffer.wrap(answer).getLong();
            long downNanos = Transfer.receive(call, clock, down);
            if (upNanos < 1 || downNanos < 1) {
                throw new ProtocolException(peer.shortForm() + " has not taken or sent all bytes");
            }
            double slower = Transfer.bitsPerSecond(Math.max(upNanos, downNanos));
            LOG.log(Level.DEBUG, "bandwidth peer={0} bitsPerSecond={1}", peer.shortForm(), slower);
            return slower;
        }
    }
}
