package corolla.p2p.relay;

import corolla.base.multiformat.AddressProtocol;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.p2p.PeerId;
import corolla.p2p.Transport;
import corolla.p2p.host.Libp2pHost;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Dials {@code /…/p2p/RELAY/p2p-circuit}: connects with the relay if need be and asks it for a circuit. Thread-safe. */
final class RelayTransport implements Transport {
    private final Libp2pHost host;
    private final RelayCalls calls;
    private final Clock clock;

    RelayTransport(Libp2pHost host, RelayCalls calls, Clock clock) {
        this.host = host;
        this.calls = calls;
        this.clock = clock;
    }

    @Override
    public boolean dials(Multiaddr address) {
        boolean isCircuit = address.components().getLast().protocol() == AddressProtocol.P2P_CIRCUIT;
        return isCircuit
                && address.relay()
                        .filter(relay -> !relay.isRelayed() && PeerId.at(relay).isPresent())
                        .isPresent();
    }

    @Override
    public ByteStream dial(Multiaddr address, @Nullable PeerId peer, Deadline deadline)
            throws IOException, InterruptedException {
        Multiaddr way = address.relay().orElseThrow();
        PeerId relay = PeerId.at(way).orElseThrow();
        if (peer == null) {
            throw new IOException("cannot dial " + address + ": it does not end in the /p2p/ID of whom to reach");
        }
        if (relay.equals(host.peerId()) || relay.equals(peer)) {
            throw new IOException("cannot dial " + peer.shortForm() + " through " + relay.shortForm()
                    + ": a relay is somebody else than both ends");
        }
        connect(relay, way, deadline);
        RelayCalls.Circuit circuit = calls.connect(relay, peer, deadline);
        return new RelayedStream(circuit.stream(), endpoint(way), clock);
    }

    /** By the address given, or, where only an id is given, by a known one; never through another relay. */
    private void connect(PeerId relay, Multiaddr way, Deadline deadline) throws IOException, InterruptedException {
        if (host.connectedPeers().contains(relay)) {
            return;
        }
        List<Multiaddr> addresses = way.withoutPeer().isPresent()
                ? List.of(way)
                : host.addressBook().addresses(relay).stream()
                        .filter(address -> !address.isRelayed())
                        .map(address -> address.withPeer(relay.bytes()))
                        .toList();
        IOException failure = new IOException("no address of relay " + relay.shortForm() + " is known");
        for (Multiaddr address : addresses) {
            try {
                host.connect(address, deadline);
                return;
            } catch (IOException e) {
                failure = new IOException("relay " + address + " cannot be reached: " + e.getMessage(), e);
            }
        }
        throw failure;
    }

    /** Where a relay is; nowhere for one that is known by its id only. */
    static Endpoint endpoint(Multiaddr relay) {
        return relay.tcpEndpoint().orElse(new Endpoint("0.0.0.0", 0));
    }
}
