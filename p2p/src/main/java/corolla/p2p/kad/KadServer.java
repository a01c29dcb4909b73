package corolla.p2p.kad;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.StreamHandler;
import corolla.p2p.internal.ByteBudget;
import corolla.p2p.internal.MessageForm;
import corolla.p2p.internal.MessageReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers other nodes' requests; a stream stays open for several. Thread-safe: each stream has a thread of its own. */
final class KadServer implements StreamHandler {
    private final Host host;
    private final KadPeers peers;
    private final KadLimits limits;
    private final Clock clock;
    private final ByteBudget arriving;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Map<PeerId, Integer> streamsOfPeer = new HashMap<>();

    @GuardedBy("lock")
    private int streams;

    KadServer(Host host, KadPeers peers, KadLimits limits, Clock clock) {
        this.host = host;
        this.peers = peers;
        this.limits = limits;
        this.clock = clock;
        this.arriving = new ByteBudget((long) limits.messageBytesMax() * limits.streamsServedMax());
    }

    @Override
    public void handle(Stream stream) throws IOException, InterruptedException {
        enter(stream.remotePeer());
        try (MessageReader reader = new MessageReader(stream, whom(stream), arriving)) {
            while (serveOne(stream, reader)) {
                // the next request
            }
        } finally {
            leave(stream.remotePeer());
        }
    }

    private void enter(PeerId peer) throws IOException {
        synchronized (lock) {
            int ofPeer = streamsOfPeer.getOrDefault(peer, 0);
            if (streams >= limits.streamsServedMax() || ofPeer >= limits.streamsServedPerPeerMax()) {
                throw new IOException("kad stream of " + peer.shortForm() + " refused: it has " + ofPeer + " of "
                        + limits.streamsServedPerPeerMax() + ", all peers have " + streams + " of "
                        + limits.streamsServedMax());
            }
            streamsOfPeer.put(peer, ofPeer + 1);
            streams++;
        }
    }

    private void leave(PeerId peer) {
        synchronized (lock) {
            streamsOfPeer.computeIfPresent(peer, (id, count) -> count == 1 ? null : count - 1);
            streams--;
        }
    }

    private static String whom(Stream stream) {
        return "kad request of " + stream.remotePeer().shortForm();
    }

    /** False when the stream is at its end: the remote's, or too long a silence. */
    private boolean serveOne(Stream stream, MessageReader reader) throws IOException, InterruptedException {
        byte[] request;
        try {
            request = reader.read(
                    MessageForm.DELIMITED, limits.messageBytesMax(), Deadline.after(clock, limits.streamIdleTime()));
        } catch (DeadlineException idle) {
            return false;
        }
        if (request == null) {
            return false;
        }
        KadMessages.Message answer = answer(
                KadMessages.decode(request, limits.peersPerMessageMax(), limits.addressesPerPeerMax()),
                stream.remotePeer());
        if (answer != null) {
            KadMessages.write(stream, answer, Deadline.after(clock, limits.requestTime()));
        }
        return true;
    }

    /** Values and providers are not kept: who asks for them gets nearer peers. */
    KadMessages.@Nullable Message answer(KadMessages.Message request, PeerId requester) throws IOException {
        return switch (request.type()) {
            case KadMessages.FIND_NODE, KadMessages.GET_VALUE, KadMessages.GET_PROVIDERS ->
                new KadMessages.Message(request.type(), echoedKey(request), closer(request.key(), requester));
            case KadMessages.PUT_VALUE, KadMessages.PING ->
                new KadMessages.Message(request.type(), request.key(), List.of());
            case KadMessages.ADD_PROVIDER -> null;
            default -> throw new IOException("kad request of unknown type " + request.type());
        };
    }

    /** p2pd leaves the key out of its answers to FIND_NODE. */
    private static byte[] echoedKey(KadMessages.Message request) {
        return request.type() == KadMessages.FIND_NODE ? new byte[0] : request.key();
    }

    private List<KadMessages.Peer> closer(byte[] key, PeerId requester) {
        if (Arrays.equals(key, host.peerId().bytes())) {
            return List.of(ourselves()); // p2pd checks newcomers to its table with this question
        }
        List<KadMessages.Peer> closer = new ArrayList<>();
        if (PeerId.isValid(key)) {
            addReachable(PeerId.of(key), requester, closer);
        }
        for (PeerId peer : peers.nearest(KadKey.of(key), limits.closestMax() + 1)) {
            if (closer.size() < limits.closestMax() && !Arrays.equals(peer.bytes(), key)) {
                addReachable(peer, requester, closer);
            }
        }
        return closer;
    }

    private KadMessages.Peer ourselves() {
        List<Multiaddr> plain = host.addresses().stream()
                .map(address -> address.withoutPeer().orElse(address))
                .toList();
        return new KadMessages.Peer(host.peerId(), plain);
    }

    private void addReachable(PeerId peer, PeerId requester, List<KadMessages.Peer> into) {
        List<Multiaddr> addresses = host.addressBook().addresses(peer);
        if (!addresses.isEmpty() && !peer.equals(requester)) {
            into.add(new KadMessages.Peer(
                    peer, addresses.subList(0, Math.min(addresses.size(), limits.addressesPerPeerMax()))));
        }
    }
}
