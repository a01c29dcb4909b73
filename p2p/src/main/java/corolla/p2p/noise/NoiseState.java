package corolla.p2p.noise;

import static corolla.p2p.noise.NoiseState.Token.E;
import static corolla.p2p.noise.NoiseState.Token.EE;
import static corolla.p2p.noise.NoiseState.Token.ES;
import static corolla.p2p.noise.NoiseState.Token.S;
import static corolla.p2p.noise.NoiseState.Token.SE;

import corolla.base.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The XX handshake: three messages, written and read in turn. Pure: keys come in, bytes go in and out. Confined to one thread.
 */
final class NoiseState {

    /** The pattern language of the Noise specification. */
    enum Token {
        E,
        S,
        EE,
        ES,
        SE
    }

    /** Noise, "Handshake patterns": XX. Messages 1 and 3 are the initiator's. */
    private static final List<List<Token>> XX = List.of(List.of(E), List.of(E, EE, S, ES), List.of(S, SE));

    private final boolean initiator;
    private final DhKeys staticKeys;
    private final DhKeys ephemeralKeys;
    private final SymmetricState symmetric = new SymmetricState();
    private byte @Nullable [] remoteEphemeral;
    private byte @Nullable [] remoteStatic;
    private int next;

    NoiseState(boolean initiator, DhKeys staticKeys, DhKeys ephemeralKeys) {
        this.initiator = initiator;
        this.staticKeys = staticKeys;
        this.ephemeralKeys = ephemeralKeys;
        symmetric.mixHash(new byte[0]); // the empty prologue
    }

    /** The next message, which must be ours to write. */
    byte[] write(byte[] payload) throws ProtocolException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (Token token : XX.get(next++)) {
            switch (token) {
                case E -> {
                    message.writeBytes(ephemeralKeys.publicBytes());
                    symmetric.mixHash(ephemeralKeys.publicBytes());
                }
                case S -> message.writeBytes(symmetric.encryptAndHash(staticKeys.publicBytes()));
                case EE, ES, SE -> mix(token);
            }
        }
        message.writeBytes(symmetric.encryptAndHash(payload));
        return message.toByteArray();
    }

    /** The payload of the next message, which must be the remote's. */
    byte[] read(byte[] message) throws ProtocolException {
        ByteBuffer in = ByteBuffer.wrap(message);
        for (Token token : XX.get(next++)) {
            switch (token) {
                case E -> {
                    remoteEphemeral = take(in, DhKeys.BYTES);
                    symmetric.mixHash(remoteEphemeral);
                }
                case S -> {
                    int tag = symmetric.hasKey() ? NoiseCipher.TAG_BYTES : 0;
                    remoteStatic = symmetric.decryptAndHash(take(in, DhKeys.BYTES + tag));
                }
                case EE, ES, SE -> mix(token);
            }
        }
        return symmetric.decryptAndHash(take(in, in.remaining()));
    }

    /** In ES and SE the first letter is the initiator's key, the second the responder's. */
    private void mix(Token token) throws ProtocolException {
        boolean oursStatic = token == (initiator ? SE : ES);
        boolean theirsStatic = token == (initiator ? ES : SE);
        byte[] theirs = theirsStatic ? remoteStatic : remoteEphemeral;
        if (theirs == null) {
            throw new IllegalStateException("pattern uses a key that was not sent yet");
        }
        symmetric.mixKey((oursStatic ? staticKeys : ephemeralKeys).agree(theirs));
    }

    private byte[] take(ByteBuffer in, int count) throws ProtocolException {
        if (in.remaining() < count) {
            throw new ProtocolException(
                    "noise handshake message " + next + " of " + in.limit() + " bytes is too short");
        }
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    byte[] remoteStatic() {
        if (remoteStatic == null) {
            throw new IllegalStateException("the remote's static key is not known yet");
        }
        return remoteStatic;
    }

    byte[] handshakeHash() {
        return symmetric.handshakeHash();
    }

    /** The transport keys, after the third message. */
    SymmetricState.Split split() {
        if (next != XX.size()) {
            throw new IllegalStateException("handshake is at message " + next + " of " + XX.size());
        }
        return symmetric.split();
    }
}
