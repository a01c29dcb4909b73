package corolla.swarm.reachability;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.dht.protocol.DhtMessages.PingRequest;
import corolla.dht.protocol.DhtMessages.PingResponse;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.swarm.protocol.ServiceNames;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;

/** Asks peers whether they can dial a peer. Thread-safe; borrows its calls. */
public final class ReachabilityCalls {
    private static final System.Logger LOG = System.getLogger(ReachabilityCalls.class.getName());

    /** The answer of the peer in question itself: that it answers at all is what counts. */
    static final Duration DIRECT_TIME = Duration.ofSeconds(5);

    /** The answer of another peer, which needs the time of a direct one to find out. */
    static final Duration INDIRECT_TIME = Duration.ofSeconds(10);

    private final Rpc rpc;
    private final Clock clock;

    public ReachabilityCalls(Rpc rpc, Clock clock) {
        this.rpc = rpc;
        this.clock = clock;
    }

    /**
     * Asks {@code whom} whether it can dial {@code target}; waits at most 10 s, or 5 s when both are the same.
     *
     * @return empty when {@code whom} does not say: it is gone, late, or does not serve the protocol
     */
    public Optional<Boolean> check(PeerId whom, PeerId target) throws InterruptedException {
        Deadline deadline = Deadline.after(clock, whom.equals(target) ? DIRECT_TIME : INDIRECT_TIME);
        byte[] request = new PingRequest(target.bytes(), false).encode();
        try {
            byte[] response = rpc.callUnary(whom, ServiceNames.REACHABILITY_CHECK, request, deadline);
            return Optional.of(PingResponse.decode(response).available());
        } catch (IOException silent) {
            LOG.log(
                    Level.DEBUG,
                    "{0} does not say whether it can dial {1}: {2}",
                    whom.shortForm(),
                    target.shortForm(),
                    silent.getMessage());
            return Optional.empty();
        }
    }
}
