package corolla.p2p.host;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.p2p.Duplex;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.identity.Identity;
import corolla.p2p.multistream.Multistream;
import corolla.p2p.noise.Noise;
import corolla.p2p.noise.NoiseKeys;
import corolla.p2p.noise.SecureChannel;
import corolla.p2p.yamux.MemoryBudget;
import corolla.p2p.yamux.Yamux;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a connection of a raw byte stream: multistream-select, Noise, and yamux, chosen within the Noise handshake or after it.
 * Thread-safe. When it fails, the stream is closed.
 */
final class Upgrader {
    private final Environment environment;
    private final P2pLimits limits;
    private final Handlers handlers;
    private final Noise noise;
    private final MemoryBudget unreadBudget;

    Upgrader(Environment environment, P2pLimits limits, Handlers handlers, Identity identity) {
        this.environment = environment;
        this.limits = limits;
        this.handlers = handlers;
        NoiseKeys keys = NoiseKeys.generate(identity, List.of(Yamux.PROTOCOL), environment.randoms());
        this.noise = new Noise(keys, environment.randoms());
        this.unreadBudget = new MemoryBudget(limits.unreadBytesMax());
    }

    /**
     * We dialed.
     *
     * @param expected who must be there; null when anyone may
     */
    Connection outbound(ByteStream raw, Multiaddr address, @Nullable PeerId expected, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            Noise.Initiation initiation = noise.initiate();
            byte[] proposal = Multistream.proposal(Noise.PROTOCOL);
            byte[] first = Arrays.copyOf(proposal, proposal.length + initiation.firstFrame().length);
            System.arraycopy(initiation.firstFrame(), 0, first, proposal.length, initiation.firstFrame().length);
            raw.write(first, 0, first.length, deadline); // one round trip for both agreements
            byte[] rest = new Multistream.Answer(duplex(raw), Noise.PROTOCOL, address.toString())
                    .read(deadline)
                    .rest();
            SecureChannel channel = initiation.complete(raw, rest, expected, deadline);
            if (channel.earlyMuxer().isEmpty()) {
                Multistream.Agreement muxer = Multistream.propose(
                        channel, Yamux.PROTOCOL, channel.remotePeer().shortForm(), deadline);
                channel.unread(muxer.rest());
            }
            return connection(channel, raw, address, false);
        } catch (IOException | InterruptedException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /** The remote dialed, and came from {@code address}. */
    Connection inbound(ByteStream raw, Multiaddr address, Deadline deadline) throws IOException, InterruptedException {
        try {
            Multistream.Agreement security =
                    Multistream.select(duplex(raw), Noise.PROTOCOL::equals, limits.negotiationRoundsMax(), deadline);
            raw.write(security.answer(), 0, security.answer().length, deadline);
            SecureChannel channel = noise.respond(raw, security.rest(), deadline);
            if (channel.earlyMuxer().isEmpty()) {
                Multistream.Agreement muxer =
                        Multistream.select(channel, Yamux.PROTOCOL::equals, limits.negotiationRoundsMax(), deadline);
                channel.write(muxer.answer(), 0, muxer.answer().length, deadline);
                channel.unread(muxer.rest());
            }
            return connection(channel, raw, address, true);
        } catch (IOException | InterruptedException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    private Connection connection(SecureChannel channel, ByteStream raw, Multiaddr address, boolean inbound) {
        return new Connection(environment, limits, handlers, channel, unreadBudget, raw.remote(), address, inbound);
    }

    private static Duplex duplex(ByteStream raw) {
        return new Duplex() {
            @Override
            public int read(byte[] into, int from, int count, Deadline deadline)
                    throws IOException, InterruptedException {
                return raw.read(into, from, count, deadline);
            }

            @Override
            public void write(byte[] bytes, int from, int count, Deadline deadline)
                    throws IOException, InterruptedException {
                raw.write(bytes, from, count, deadline);
            }
        };
    }
}
