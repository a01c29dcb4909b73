package corolla.p2p.noise;

import corolla.base.transport.ByteStream;
import corolla.p2p.identity.Identity;
import corolla.p2p.testing.MemoryStream;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Secure channels without a handshake, for tests of what is above: the keys are known. */
public final class TestChannels {
    private static final byte[] THERE = filled(1);
    private static final byte[] BACK = filled(2);
    private static final Identity CLIENT = Identity.ofEd25519Seed(filled(3));
    private static final Identity SERVER = Identity.ofEd25519Seed(filled(4));

    private TestChannels() {}

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** Client and server over two ends of a memory stream. */
    public static List<SecureChannel> over(List<MemoryStream> ends) {
        return List.of(client(ends.get(0)), server(ends.get(1)));
    }

    public static SecureChannel client(ByteStream stream) {
        return new SecureChannel(
                stream, new FrameReader(stream, new byte[0]), THERE, BACK, SERVER.publicKey(), Optional.empty());
    }

    public static SecureChannel server(ByteStream stream) {
        return new SecureChannel(
                stream, new FrameReader(stream, new byte[0]), BACK, THERE, CLIENT.publicKey(), Optional.empty());
    }

    /** What a client would put on the wire for these messages. */
    public static byte[] sealedByClient(List<byte[]> messages) {
        NoiseCipher cipher = new NoiseCipher(THERE);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            byte[] sealed = new byte[message.length + NoiseCipher.TAG_BYTES];
            cipher.encrypt(new byte[0], message, 0, message.length, sealed, 0);
            out.writeBytes(FrameReader.frame(sealed));
        }
        return out.toByteArray();
    }
}
