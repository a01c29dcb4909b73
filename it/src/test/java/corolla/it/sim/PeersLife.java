package corolla.it.sim;

import corolla.base.msgpack.Pack;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.TaskScope;
import corolla.dht.DhtConfig;
import corolla.dht.DhtNode;
import corolla.dht.DhtStore;
import corolla.dht.DhtValue;
import corolla.p2p.identity.Identity;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The life of a DHT of very many peers, with a stock node's habits: all join through a few; three in ten keep a record there and renew it, three
 * in ten read the records of others, and now and then one leaves and another comes in its place. Confined to its world.
 */
final class PeersLife {
    private static final int BOOTSTRAPS = 4;

    /** On average four a second: a bootstrap node takes a thousand connections in the two minutes for which it keeps each. */
    private static final Duration JOIN_PAUSE_MAX = Duration.ofMillis(500);

    private static final Duration RETRY_PAUSE = Duration.ofSeconds(5);
    private static final Duration RENEWAL_MAX = Duration.ofSeconds(120);
    private static final Duration RECORD_TIME = Duration.ofSeconds(300);
    private static final Duration READ_PAUSE_MAX = Duration.ofSeconds(30);
    private static final Duration CALL_TIME = Duration.ofSeconds(60);
    private static final Duration LEAVE_PAUSE_MAX = Duration.ofSeconds(6);
    private static final Duration ABSENCE_MAX = Duration.ofSeconds(60);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final SimulatedWorld world;
    private final RandomGenerator random;
    private final List<Peer> peers = new ArrayList<>();
    private final List<Multiaddr> initialPeers = new ArrayList<>();
    private final Map<Integer, Written> records = new LinkedHashMap<>(); // by the peer that wrote it, as stored last
    private final PeersTally tally = new PeersTally();

    /** A machine and who runs there; nobody while it comes or is away. */
    private static final class Peer {
        final SimulatedNode machine;
        final int index;

        @Nullable
        SwarmNode node;

        Peer(SimulatedNode machine, int index) {
            this.machine = machine;
            this.index = index;
        }
    }

    /** What was stored last, and until when, by the DHT's time. */
    private record Written(int version, double expiration) {}

    private PeersLife(SimulatedWorld world) {
        this.world = world;
        this.random = world.randoms().stream("life of peers");
    }

    /**
     * Lives for so many minutes.
     *
     * @param told what happened, after each minute and once more at the end
     */
    static PeersTally live(SimulatedWorld world, int peers, int minutes, Consumer<PeersTally> told)
            throws IOException, InterruptedException {
        PeersLife life = new PeersLife(world);
        life.begin();
        TaskScope scope = world.tasks().open("life of peers");
        scope.run("joins", () -> life.joinAll(scope, peers));
        for (int i = 0; i < minutes; i++) {
            world.clock().sleep(MINUTE);
            life.tally.endMinute(life.nodes());
            told.accept(life.tally);
        }
        return life.tally;
    }

    private List<SwarmNode> nodes() {
        return peers.stream()
                .flatMap(peer -> Optional.ofNullable(peer.node).stream())
                .toList();
    }

    private void begin() throws IOException, InterruptedException {
        for (int i = 0; i < BOOTSTRAPS; i++) {
            Peer peer = addPeer();
            SwarmNode node = start(peer, List.copyOf(initialPeers));
            peer.node = node;
            initialPeers.addAll(node.addresses());
        }
    }

    private Peer addPeer() {
        int index = peers.size();
        Peer peer = new Peer(world.node("peer" + index), index);
        peers.add(peer);
        return peer;
    }

    private static SwarmNode start(Peer peer, List<Multiaddr> initialPeers) throws IOException, InterruptedException {
        var environment = peer.machine.environment();
        DhtConfig dht = DhtConfig.defaults().withInitialPeers(initialPeers);
        return SwarmNode.start(environment, Identity.generateEd25519(environment.randoms()), Reach.OPEN, dht);
    }

    private void joinAll(TaskScope scope, int count) throws InterruptedException {
        while (peers.size() < count) {
            pause(JOIN_PAUSE_MAX);
            Peer peer = addPeer();
            scope.run("join of " + peer.machine, () -> join(peer));
        }
        while (true) {
            pause(LEAVE_PAUSE_MAX);
            Peer peer = peers.get(random.nextInt(BOOTSTRAPS, peers.size()));
            SwarmNode node = peer.node;
            if (node != null) {
                peer.node = null;
                scope.run("absence of " + peer.machine, () -> replace(peer, node));
            }
        }
    }

    private void pause(Duration max) throws InterruptedException {
        pause(random, max);
    }

    private void pause(RandomGenerator own, Duration max) throws InterruptedException {
        world.clock().sleep(Duration.ofNanos(own.nextLong(max.toNanos())));
    }

    private void join(Peer peer) throws InterruptedException {
        while (peer.node == null) {
            try {
                peer.node = start(peer, initialPeers);
                tally.joined();
            } catch (IOException e) {
                tally.joinFailed();
                peer.machine.crash();
                world.clock().sleep(RETRY_PAUSE);
                peer.machine.restart();
            }
        }
        beginRole(peer, peer.node.dht());
    }

    /** One in two says goodbye. Who comes in its place has another identity. */
    private void replace(Peer peer, SwarmNode node) throws InterruptedException {
        tally.left(node);
        if (random.nextBoolean()) {
            node.close();
        }
        peer.machine.crash();
        pause(ABSENCE_MAX);
        peer.machine.restart();
        join(peer);
    }

    /** Tasks of the machine's own: they die with it. */
    private void beginRole(Peer peer, DhtNode dht) {
        TaskScope scope = peer.machine.environment().tasks().open("role of " + peer.machine);
        RandomGenerator own = peer.machine.environment().randoms().stream("role");
        int role = peer.index % 10;
        if (role < 3) {
            scope.run("author", () -> writeForever(dht, peer.index, own));
        } else if (role < 6) {
            scope.run("reader", () -> readForever(dht, own));
        }
    }

    private void writeForever(DhtNode dht, int index, RandomGenerator own) throws InterruptedException {
        while (true) {
            pause(own, RENEWAL_MAX);
            Written before = records.get(index);
            int version = before == null ? 1 : before.version + 1;
            double expiration = dht.now() + RECORD_TIME.toSeconds();
            try {
                boolean stored =
                        dht.store(new DhtStore(key(index), Pack.of(version), expiration), world.within(CALL_TIME));
                if (stored) {
                    records.put(index, new Written(version, expiration));
                }
                tally.stored(stored);
            } catch (IOException e) {
                tally.stored(false);
            }
        }
    }

    private static Pack key(int index) {
        return Pack.of("record of peer " + index);
    }

    private void readForever(DhtNode dht, RandomGenerator own) throws InterruptedException {
        while (true) {
            pause(own, READ_PAUSE_MAX);
            List<Integer> alive = records.entrySet().stream()
                    .filter(entry -> entry.getValue().expiration - dht.now() > CALL_TIME.toSeconds())
                    .map(Map.Entry::getKey)
                    .toList();
            if (!alive.isEmpty()) {
                read(dht, alive.get(own.nextInt(alive.size())));
            }
        }
    }

    private void read(DhtNode dht, int index) throws InterruptedException {
        Written wanted = records.get(index);
        long start = world.clock().nanoTime();
        try {
            Optional<DhtValue> found = dht.get(key(index), true, world.within(CALL_TIME));
            tally.read(world.clock().nanoTime() - start, found.isPresent(), wanted != null && isOld(found, wanted));
        } catch (IOException e) {
            tally.readFailed();
        }
    }

    private static boolean isOld(Optional<DhtValue> found, Written wanted) {
        return found.orElse(null) instanceof DhtValue.Regular regular && regular.expiration() < wanted.expiration;
    }
}
