package corolla.dht;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Dials initial peers again whose connection is lost, after ever longer waits. A bootstrap node that comes back knows nobody: without
 * this, those it brings in afterwards and those it had brought in before would be two swarms. Confined to the node's care task.
 */
final class Reconnection {
    private static final System.Logger LOGGER = System.getLogger(Reconnection.class.getName());

    /** Stock nodes keep as many. */
    private static final int CONNECTED_WANTED = 4;

    private static final Duration DIAL_TIME = Duration.ofSeconds(15);
    private static final Duration WAIT_FIRST = Duration.ofSeconds(30);
    private static final Duration WAIT_MAX = Duration.ofMinutes(10);

    private final Clock clock;
    private final Host host;
    private final Bootstrap bootstrap;
    private final Map<PeerId, Lost> peers = new LinkedHashMap<>();

    /** One initial peer; the wait counts while it is lost. */
    private static final class Lost {
        private final List<Multiaddr> addresses = new ArrayList<>();
        private Duration wait = Duration.ZERO;
        private long dueNanos;
    }

    Reconnection(Clock clock, Host host, Bootstrap bootstrap, List<Multiaddr> initialPeers) {
        this.clock = clock;
        this.host = host;
        this.bootstrap = bootstrap;
        for (Multiaddr address : initialPeers) {
            PeerId.at(address)
                    .filter(peer -> !peer.equals(host.peerId()))
                    .ifPresent(peer -> peers.computeIfAbsent(peer, id -> new Lost())
                            .addresses
                            .add(address));
        }
    }

    /** Dials those that are lost and due, while too few are connected. */
    void round() throws InterruptedException {
        List<PeerId> connected = host.connectedPeers();
        long count = peers.keySet().stream().filter(connected::contains).count();
        for (var entry : peers.entrySet()) {
            Lost lost = entry.getValue();
            if (connected.contains(entry.getKey())) {
                lost.wait = Duration.ZERO;
            } else if (count < CONNECTED_WANTED
                    && lost.dueNanos - clock.nanoTime() <= 0
                    && dial(entry.getKey(), lost)) {
                count++;
            }
        }
    }

    private boolean dial(PeerId peer, Lost lost) throws InterruptedException {
        String failure = "";
        for (Multiaddr address : lost.addresses) {
            Optional<String> failed = dial(address);
            if (failed.isEmpty()) {
                LOGGER.log(System.Logger.Level.INFO, () -> "initial peer is back peer=" + peer.shortForm());
                lost.wait = Duration.ZERO;
                return true;
            }
            failure = failed.get();
        }
        Duration next = lost.wait.isZero() ? WAIT_FIRST : lost.wait.multipliedBy(2);
        lost.wait = next.compareTo(WAIT_MAX) < 0 ? next : WAIT_MAX;
        lost.dueNanos = clock.nanoTime() + lost.wait.toNanos();
        String why = failure;
        LOGGER.log(
                System.Logger.Level.DEBUG,
                () -> "initial peer is away peer=" + peer.shortForm() + " next=" + lost.wait + " why=" + why);
        return false;
    }

    /** @return why it did not work */
    private Optional<String> dial(Multiaddr address) throws InterruptedException {
        try {
            bootstrap.joinThrough(address, Deadline.after(clock, DIAL_TIME));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
