package corolla.dht.testing;

import corolla.base.ProtocolException;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.p2p.PeerId;
import java.util.SplittableRandom;

/** Ids for tests of pure parts. */
public final class Ids {
    private Ids() {}

    /** The id whose first byte is given, and all others are zero. */
    public static DhtId starting(int firstByte) {
        byte[] bytes = new byte[DhtId.BYTES];
        bytes[0] = (byte) firstByte;
        try {
            return DhtId.decode(bytes);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }

    /** A peer id made from a number. */
    public static PeerId peer(int number) {
        byte[] key = new byte[36];
        key[0] = (byte) number;
        key[1] = (byte) (number >> 8);
        return PeerId.ofPublicKeyMessage(key);
    }

    /** A node at the id with this first byte. */
    public static Contact contact(int firstByte) {
        return new Contact(starting(firstByte), peer(firstByte));
    }

    /** A node anywhere. */
    public static Contact random(SplittableRandom random, int number) {
        return new Contact(DhtId.random(random), peer(number));
    }
}
