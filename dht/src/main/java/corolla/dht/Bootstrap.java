package corolla.dht;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.dht.protocol.DhtCaller;
import corolla.dht.protocol.DhtMessages;
import corolla.dht.protocol.DhtState;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Joins a swarm through its initial peers. One caller at a time. */
final class Bootstrap {
    private static final System.Logger LOGGER = System.getLogger(Bootstrap.class.getName());
    private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
    private static final Duration RETRY_MAX = Duration.ofSeconds(10);

    private final Environment environment;
    private final Clock clock;
    private final Host host;
    private final DhtCaller caller;
    private final DhtState state;
    private final DhtConfig config;

    Bootstrap(Environment environment, Host host, DhtCaller caller, DhtState state, DhtConfig config) {
        this.environment = environment;
        this.clock = environment.clock();
        this.host = host;
        this.caller = caller;
        this.state = state;
        this.config = config;
    }

    /** What became of one round of attempts; each of its addresses is tried by a thread of its own. */
    private static final class Round {
        final Gate gate;
        final Set<Multiaddr> pending; // guarded by gate
        final Set<PeerId> joined = new LinkedHashSet<>(); // guarded by gate
        final Map<Multiaddr, String> failures = new LinkedHashMap<>(); // guarded by gate

        Round(Clock clock, List<Multiaddr> addresses) {
            this.gate = new Gate(clock);
            this.pending = new LinkedHashSet<>(addresses);
        }
    }

    /**
     * Tries until one of the initial peers has let us in.
     *
     * @throws IOException when none has before {@code deadline}; names each and what happened
     */
    void join(Deadline deadline) throws IOException, InterruptedException {
        Duration pause = RETRY_FIRST;
        while (true) {
            Round round = tryAll(deadline);
            if (!round.joined.isEmpty()) {
                LOGGER.log(System.Logger.Level.DEBUG, () -> "joined through peers=" + round.joined.size());
                return;
            }
            if (deadline.remaining(clock).compareTo(pause) <= 0) {
                throw new IOException(message(round));
            }
            LOGGER.log(System.Logger.Level.INFO, message(round) + "; trying again");
            clock.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(RETRY_MAX) < 0 ? pause.multipliedBy(2) : RETRY_MAX;
        }
    }

    private static String message(Round round) {
        StringBuilder text = new StringBuilder("cannot join the DHT: no initial peer let us in");
        round.failures.forEach((address, failure) ->
                text.append("; ").append(address).append(": ").append(failure));
        round.pending.forEach(address -> text.append("; ").append(address).append(": no answer in time"));
        return text.toString();
    }

    private Round tryAll(Deadline deadline) throws InterruptedException {
        Round round = new Round(clock, config.initialPeers());
        try (TaskScope scope = environment.tasks().open("join as " + state.self())) {
            for (Multiaddr address : config.initialPeers()) {
                scope.run("join through " + address, () -> tryOne(address, round, deadline));
            }
            awaitOutcome(round, deadline);
        }
        return round;
    }

    /** All attempts have ended; or one has succeeded and the others had as much time as a request may take. */
    private void awaitOutcome(Round round, Deadline deadline) throws InterruptedException {
        round.gate.lock();
        try {
            Deadline end = deadline;
            boolean waitsForRest = false;
            while (!round.pending.isEmpty()) {
                if (!round.joined.isEmpty() && !waitsForRest) {
                    waitsForRest = true;
                    end = Deadline.after(clock, config.requestTime()).earlier(deadline);
                }
                if (!round.gate.await(end)) {
                    return;
                }
            }
        } finally {
            round.gate.unlock();
        }
    }

    private void tryOne(Multiaddr address, Round round, Deadline deadline) throws InterruptedException {
        try {
            PeerId peer = joinThrough(address, deadline);
            end(round, address, () -> round.joined.add(peer));
        } catch (IOException failure) {
            end(round, address, () -> round.failures.put(address, describe(failure)));
        }
    }

    private static void end(Round round, Multiaddr address, Runnable note) {
        round.gate.lock();
        try {
            note.run();
            round.pending.remove(address);
            round.gate.signalAll();
        } finally {
            round.gate.unlock();
        }
    }

    private static String describe(IOException failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    /** Connects with one initial peer and makes ourselves known to it. */
    PeerId joinThrough(Multiaddr address, Deadline deadline) throws IOException, InterruptedException {
        PeerId peer = host.connect(address, deadline);
        if (peer.equals(host.peerId())) {
            throw new IOException("that is this node itself");
        }
        joinThrough(peer, deadline);
        return peer;
    }

    /** Our clocks must agree, and the peer must be able to call us, unless we are a client. */
    private void joinThrough(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        double asked = state.now();
        DhtMessages.PingResponse answer = caller.ping(peer, !config.clientMode(), deadline);
        double answered = state.now();
        double skewMax = config.clockSkewMax().toMillis() / 1e3;
        if (!(answer.dhtTime() >= asked - skewMax && answer.dhtTime() <= answered + skewMax)) {
            throw new ProtocolException("its clock and ours differ by %.1f s, more than %.1f s: set the clock (NTP)"
                    .formatted(answer.dhtTime() - answered, skewMax));
        }
        if (!config.clientMode() && !answer.available()) {
            throw new IOException(
                    "it cannot call us back: announce an address that others can reach, or join as a client (a server: --use-relay auto)");
        }
    }
}
