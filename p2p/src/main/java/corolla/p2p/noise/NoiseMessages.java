package corolla.p2p.noise;

import corolla.base.ProtocolException;
import corolla.base.protobuf.ProtoReader;
import corolla.base.protobuf.ProtoWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The libp2p payload within the handshake: bytes and record. */
final class NoiseMessages {
    private static final byte[] SIGNED_PREFIX = "noise-libp2p-static-key:".getBytes(StandardCharsets.US_ASCII);

    /** More muxers than this nobody has; the rest of a longer list is not looked at. */
    private static final int MUXERS_MAX = 16;

    private NoiseMessages() {}

    /**
     * What each side says of itself.
     *
     * @param identityKey serialized public key message
     * @param identitySignature by that key over {@link #signedBytes} of the Noise static key
     * @param muxers stream muxers it can use, best first; empty when it does not say
     */
    record Payload(byte[] identityKey, byte[] identitySignature, List<String> muxers) {}

    /** What the identity key signs. */
    static byte[] signedBytes(byte[] staticKey) {
        byte[] signed = new byte[SIGNED_PREFIX.length + staticKey.length];
        System.arraycopy(SIGNED_PREFIX, 0, signed, 0, SIGNED_PREFIX.length);
        System.arraycopy(staticKey, 0, signed, SIGNED_PREFIX.length, staticKey.length);
        return signed;
    }

    static byte[] encode(Payload payload) {
        ProtoWriter writer = new ProtoWriter().bytes(1, payload.identityKey).bytes(2, payload.identitySignature);
        if (!payload.muxers.isEmpty()) {
            writer.message(4, new ProtoWriter().repeatedStrings(2, payload.muxers));
        }
        return writer.toByteArray();
    }

    static Payload decode(byte[] bytes) throws ProtocolException {
        ProtoReader reader = ProtoReader.of(bytes);
        byte @Nullable [] key = null;
        byte @Nullable [] signature = null;
        List<String> muxers = new ArrayList<>();
        while (reader.next() != 0) {
            switch (reader.field()) {
                case 1 -> key = reader.bytes();
                case 2 -> signature = reader.bytes();
                case 4 -> readExtensions(reader.message(), muxers);
                default -> reader.skip();
            }
        }
        if (key == null || signature == null) {
            throw new ProtocolException(
                    "noise payload of " + bytes.length + " bytes lacks the identity key or its signature");
        }
        return new Payload(key, signature, List.copyOf(muxers));
    }

    private static void readExtensions(ProtoReader reader, List<String> muxers) throws ProtocolException {
        while (reader.next() != 0) {
            if (reader.field() == 2 && muxers.size() < MUXERS_MAX) {
                muxers.add(reader.string());
            } else {
                reader.skip();
            }
        }
    }
}
