package corolla.p2p.noise;

import corolla.base.ProtocolException;
import corolla.base.random.Randoms;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import corolla.p2p.PeerId;
import corolla.p2p.WrongPeerException;
import corolla.p2p.identity.PublicKey;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The handshake over a byte stream: three framed messages, then a {@link SecureChannel}. Thread-safe. */
public final class Noise {
    /** The protocol's id in multistream-select. */
    public static final String PROTOCOL = "/noise";

    private static final byte[] NOTHING = {};

    private final NoiseKeys keys;
    private final Randoms randoms;

    public Noise(NoiseKeys keys, Randoms randoms) {
        this.keys = keys;
        this.randoms = randoms;
    }

    /**
     * The initiator's side, begun: its first message may travel together with the multistream-select proposal.
     * Confined to one thread.
     */
    public final class Initiation {
        private final NoiseState state = new NoiseState(true, keys.staticKeys(), DhKeys.generate(randoms));
        private final byte[] firstFrame;

        private Initiation() throws ProtocolException {
            firstFrame = FrameReader.frame(state.write(NOTHING));
        }

        /** The first message with its length; not to be written to. */
        public byte[] firstFrame() {
            return firstFrame;
        }

        /**
         * Goes on after {@link #firstFrame} has been sent.
         *
         * @param received bytes that were read already
         * @param expected who must be there; null when anyone may
         * @throws WrongPeerException when it is somebody else
         */
        public SecureChannel complete(ByteStream stream, byte[] received, @Nullable PeerId expected, Deadline deadline)
                throws IOException, InterruptedException {
            FrameReader reader = new FrameReader(stream, received);
            Remote remote = verify(state.read(reader.readHandshake(deadline)), state.remoteStatic());
            if (expected != null && !remote.key.peerId().equals(expected)) {
                throw new WrongPeerException(
                        "peer at " + stream.remote() + " is " + remote.key.peerId() + ", expected " + expected);
            }
            byte[] last = FrameReader.frame(state.write(keys.payload()));
            stream.write(last, 0, last.length, deadline);
            SymmetricState.Split split = state.split();
            return new SecureChannel(
                    stream, reader, split.first(), split.second(), remote.key, choose(keys.muxers(), remote.muxers));
        }
    }

    public Initiation initiate() throws ProtocolException {
        return new Initiation();
    }

    /**
     * The responder's side.
     *
     * @param received bytes that were read already
     */
    public SecureChannel respond(ByteStream stream, byte[] received, Deadline deadline)
            throws IOException, InterruptedException {
        FrameReader reader = new FrameReader(stream, received);
        byte[] first = reader.readHandshake(deadline);
        // The key pair is made once the peer has said something: a silent one costs no mathematics.
        NoiseState state = new NoiseState(false, keys.staticKeys(), DhKeys.generate(randoms));
        state.read(first);
        byte[] second = FrameReader.frame(state.write(keys.payload()));
        stream.write(second, 0, second.length, deadline);
        Remote remote = verify(state.read(reader.readHandshake(deadline)), state.remoteStatic());
        SymmetricState.Split split = state.split();
        return new SecureChannel(
                stream, reader, split.second(), split.first(), remote.key, choose(remote.muxers, keys.muxers()));
    }

    private record Remote(PublicKey key, List<String> muxers) {}

    private static Remote verify(byte[] payloadBytes, byte[] remoteStatic) throws ProtocolException {
        NoiseMessages.Payload payload = NoiseMessages.decode(payloadBytes);
        PublicKey key = PublicKey.decode(payload.identityKey());
        if (!key.verify(NoiseMessages.signedBytes(remoteStatic), payload.identitySignature())) {
            throw new ProtocolException(
                    "identity of " + key.peerId() + " is not proven: its signature of the noise key is wrong");
        }
        return new Remote(key, payload.muxers());
    }

    /** libp2p noise, "Stream muxer negotiation": the first of the initiator's that the responder has too. */
    private static Optional<String> choose(List<String> initiators, List<String> responders) {
        return initiators.stream().filter(responders::contains).findFirst();
    }
}
