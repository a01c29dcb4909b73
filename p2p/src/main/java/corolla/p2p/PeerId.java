package corolla.p2p;

import corolla.base.multiformat.Base58;
import corolla.base.multiformat.Multiaddr;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who a peer is: the multihash of its public key message. Immutable; equal when the bytes are equal; ordered by bytes.
 * Ed25519 ids begin with {@code 12D3Koo}, RSA ids with {@code Qm}.
 */
public final class PeerId implements Comparable<PeerId> {
    /** Public key messages up to this size are their own hash. */
    private static final int IDENTITY_BYTES_MAX = 42;

    private static final int MULTIHASH_IDENTITY = 0x00;
    private static final int MULTIHASH_SHA256 = 0x12;
    private static final int SHA256_BYTES = 32;

    private final byte[] bytes;
    private final int hash;
    private volatile @Nullable String text; // base58 takes long enough to be kept

    private PeerId(byte[] bytes) {
        this.bytes = bytes;
        this.hash = Arrays.hashCode(bytes);
    }

    /**
     * The id with these bytes.
     *
     * @param bytes a multihash: identity of at most 42 bytes, or SHA-256
     * @throws IllegalArgumentException when they are not a peer id
     */
    public static PeerId of(byte[] bytes) {
        if (!isValid(bytes)) {
            throw new IllegalArgumentException("not a peer id: " + bytes.length + " bytes "
                    + HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 8)) + "…");
        }
        return new PeerId(bytes.clone());
    }

    /** The id that belongs to a serialized public key message. */
    public static PeerId ofPublicKeyMessage(byte[] message) {
        byte[] digest = message.length <= IDENTITY_BYTES_MAX ? message : sha256(message);
        byte[] id = new byte[digest.length + 2];
        id[0] = (byte) (message.length <= IDENTITY_BYTES_MAX ? MULTIHASH_IDENTITY : MULTIHASH_SHA256);
        id[1] = (byte) digest.length;
        System.arraycopy(digest, 0, id, 2, digest.length);
        return new PeerId(id);
    }

    /**
     * Parses the base58 text form.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static PeerId parse(String base58) {
        return of(Base58.decode(base58));
    }

    /** The id at the end of an address, if it names one. */
    public static Optional<PeerId> at(Multiaddr address) {
        return address.peer().filter(PeerId::isValid).map(PeerId::of);
    }

    /** True for what {@link #of(byte[])} accepts; for bytes that a peer sent. */
    public static boolean isValid(byte[] bytes) {
        if (bytes.length < 2 || bytes[1] != bytes.length - 2) {
            return false;
        }
        return switch (bytes[0]) {
            case MULTIHASH_IDENTITY -> bytes.length > 2 && bytes.length - 2 <= IDENTITY_BYTES_MAX;
            case MULTIHASH_SHA256 -> bytes.length - 2 == SHA256_BYTES;
            default -> false;
        };
    }

    /** A copy of the multihash. */
    public byte[] bytes() {
        return bytes.clone();
    }

    public String toBase58() {
        String known = text;
        if (known == null) {
            known = Base58.encode(bytes);
            text = known;
        }
        return known;
    }

    /** For logs and messages: {@code 12D3…x7Kx}. */
    public String shortForm() {
        String text = toBase58();
        return text.length() <= 10 ? text : text.substring(0, 4) + "…" + text.substring(text.length() - 4);
    }

    private static byte[] sha256(byte[] message) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(message);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public int compareTo(PeerId other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PeerId that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return toBase58();
    }
}
