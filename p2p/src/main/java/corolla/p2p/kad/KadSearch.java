package corolla.p2p.kad;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Gate;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Runs one lookup: several requests under way at once, each on a thread of its own. Used by one caller. */
final class KadSearch {
    private static final System.Logger LOGGER = System.getLogger(KadSearch.class.getName());

    private final Environment environment;
    private final Host host;
    private final KadPeers peers;
    private final KadLimits limits;
    private final byte[] key;
    private final ByteBudget arriving;
    private final Gate gate;

    private final KadLookup lookup; // guarded by gate
    private int concurrency; // guarded by gate

    /** Addresses of the peer with this very key, by whoever knows it. */
    private final Set<Multiaddr> found = new LinkedHashSet<>(); // guarded by gate

    /** Of peers heard of; the address book learns those of peers that are asked, so that no answer can flood it. */
    private final Map<PeerId, List<Multiaddr>> heardAddresses = new HashMap<>(); // guarded by gate

    /** A search of the nodes nearest to {@code key}, or of the one peer that has it as its id. */
    KadSearch(Environment environment, Host host, KadPeers peers, KadLimits limits, byte[] key, int answeredMin) {
        this.environment = environment;
        this.host = host;
        this.peers = peers;
        this.limits = limits;
        this.key = key;
        this.arriving = new ByteBudget((long) limits.messageBytesMax() * limits.concurrency());
        this.gate = new Gate(environment.clock());
        this.lookup = new KadLookup(KadKey.of(key), host.peerId(), answeredMin, limits);
    }

    /** Searches until somebody tells the target's addresses; empty when nobody does. */
    List<Multiaddr> findTarget(Deadline deadline) throws IOException, InterruptedException {
        run(true, limits.concurrencyForPeer(), deadline);
        gate.lock();
        try {
            return List.copyOf(found);
        } finally {
            gate.unlock();
        }
    }

    /** Searches to the end: the nodes nearest to the key that answered, nearest first. */
    List<PeerId> findNearest(Deadline deadline) throws IOException, InterruptedException {
        run(false, limits.concurrency(), deadline);
        gate.lock();
        try {
            return lookup.answered();
        } finally {
            gate.unlock();
        }
    }

    private void run(boolean endWhenFound, int concurrencyAtFirst, Deadline deadline)
            throws IOException, InterruptedException {
        start(concurrencyAtFirst);
        try (TaskScope scope =
                environment.tasks().open("kad lookup of " + host.peerId().shortForm())) {
            Optional<PeerId> next = next(endWhenFound, deadline);
            while (next.isPresent()) {
                PeerId peer = next.get();
                scope.run("ask " + peer.shortForm(), () -> ask(peer, deadline));
                next = next(endWhenFound, deadline);
            }
        }
    }

    private void start(int concurrencyAtFirst) {
        List<PeerId> known = new ArrayList<>(peers.nearest(KadKey.of(key), limits.closestMax()));
        known.removeIf(peer -> Arrays.equals(peer.bytes(), key)); // to be found, not to be asked
        gate.lock();
        try {
            lookup.heard(known);
            concurrency = concurrencyAtFirst;
        } finally {
            gate.unlock();
        }
    }

    /** Waits until somebody is to be asked; empty when the search is over. */
    private Optional<PeerId> next(boolean endWhenFound, Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            while (!lookup.isDone() && !(endWhenFound && !found.isEmpty())) {
                Optional<PeerId> next = lookup.next(concurrency);
                if (next.isPresent()) {
                    List<Multiaddr> addresses = heardAddresses.getOrDefault(next.get(), List.of());
                    host.addressBook().add(next.get(), addresses, limits.addressTtl());
                    return next;
                }
                awaitNews(deadline);
            }
            return Optional.empty();
        } finally {
            gate.unlock();
        }
    }

    /** Waits for an answer; where none comes for a while, one more may be asked. */
    private void awaitNews(Deadline deadline) throws IOException, InterruptedException {
        boolean mayGrow = concurrency < limits.concurrency();
        Deadline patience = Deadline.after(environment.clock(), limits.patience());
        if (gate.await(mayGrow ? patience.earlier(deadline) : deadline)) {
            return;
        }
        if (deadline.isOver(environment.clock())) {
            throw new DeadlineException(
                    "the kad lookup was not done in time; " + lookup.answered().size() + " peers had answered");
        }
        concurrency++;
    }

    private void ask(PeerId peer, Deadline deadline) throws InterruptedException {
        try {
            Deadline mine =
                    Deadline.after(environment.clock(), limits.requestTime()).earlier(deadline);
            List<KadMessages.Peer> closer = request(peer, mine).closer();
            peers.answered(peer);
            learn(peer, closer);
        } catch (IOException failure) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> "kad request failed peer=" + peer.shortForm() + " " + failure.getMessage());
            peers.failed(peer);
            fail(peer);
        }
    }

    private void fail(PeerId peer) {
        gate.lock();
        try {
            lookup.failed(peer);
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    private KadMessages.Message request(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        Stream stream = open(peer, deadline);
        boolean answered = false;
        try (MessageReader reader = new MessageReader(stream, "kad answer of " + peer.shortForm(), arriving)) {
            KadMessages.writeOnly(stream, KadMessages.Message.findNode(key), deadline);
            byte[] answer = reader.read(MessageForm.DELIMITED, limits.messageBytesMax(), deadline);
            if (answer == null) {
                throw new IOException(peer.shortForm() + " ended the stream instead of answering");
            }
            answered = true;
            return KadMessages.decode(answer, limits.peersPerMessageMax(), limits.addressesPerPeerMax());
        } finally {
            if (answered) {
                stream.close();
            } else {
                stream.reset();
            }
        }
    }

    private Stream open(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        peers.beginAsking(peer);
        try {
            return host.open(peer, Kad.PROTOCOL, deadline);
        } finally {
            peers.endAsking(peer);
        }
    }

    private void learn(PeerId peer, List<KadMessages.Peer> closer) {
        List<PeerId> heard = new ArrayList<>();
        Map<PeerId, List<Multiaddr>> told = new HashMap<>();
        List<Multiaddr> ofTarget = new ArrayList<>();
        for (KadMessages.Peer candidate : closer) {
            if (candidate.addresses().isEmpty() || candidate.id().equals(host.peerId())) {
                continue;
            }
            told.put(candidate.id(), candidate.addresses());
            if (Arrays.equals(candidate.id().bytes(), key)) {
                ofTarget.addAll(candidate.addresses());
            } else {
                heard.add(candidate.id());
            }
        }
        gate.lock();
        try {
            lookup.answered(peer, heard);
            if (heardAddresses.size() < limits.candidatesMax()) {
                told.forEach(heardAddresses::putIfAbsent);
            }
            found.addAll(ofTarget);
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }
}
