package corolla.p2p.kad;

import corolla.base.XorPoint;
import corolla.p2p.PeerId;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A point of the key space: the SHA-256 of a peer id or of any other key. Immutable. */
record KadKey(XorPoint point) {
    static final int BITS = 256;

    static KadKey of(PeerId peer) {
        return of(peer.bytes());
    }

    static KadKey of(byte[] key) {
        try {
            return new KadKey(new XorPoint(MessageDigest.getInstance("SHA-256").digest(key)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether {@code a} (negative) or {@code b} (positive) is nearer to this key. */
    int compareDistance(KadKey a, KadKey b) {
        return point.compareDistance(a.point, b.point);
    }

    /** How many leading bits both have in common. */
    int commonBits(KadKey other) {
        return point.commonBits(other.point);
    }
}
