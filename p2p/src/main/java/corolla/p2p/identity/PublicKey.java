package corolla.p2p.identity;

import corolla.base.ProtocolException;
import corolla.p2p.PeerId;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Another's, or our own, public identity key, as it is serialized on the wire. Immutable.
 *
 * <p>ECDSA and secp256k1 keys are parsed, so that their peer ids are known, but {@link #verify} refuses them.
 */
public final class PublicKey {
    private static final int ED25519_BYTES = 32;
    private static final int SECP256K1_BYTES = 33;
    private static final int RSA_BITS_MIN = 2048;
    private static final int RSA_BITS_MAX = 8192;

    /** A key message longer than this is none: RSA 8192 takes about 1,060 bytes. */
    private static final int MESSAGE_BYTES_MAX = 2048;

    /** The header of an Ed25519 SubjectPublicKeyInfo, which the raw key follows (RFC 8410). */
    private static final byte[] ED25519_SPKI = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

    private final KeyType type;
    private final byte[] message;
    private final PeerId peerId;
    private final java.security.@Nullable PublicKey key;

    private PublicKey(KeyType type, byte[] message, java.security.@Nullable PublicKey key) {
        this.type = type;
        this.message = message;
        this.key = key;
        this.peerId = PeerId.ofPublicKeyMessage(message);
    }

    /**
     * Parses a serialized public key message.
     *
     * @throws ProtocolException when it is malformed, not in canonical form, or an RSA key has not 2048 to 8192 bits
     */
    public static PublicKey decode(byte[] message) throws ProtocolException {
        if (message.length > MESSAGE_BYTES_MAX) {
            throw new ProtocolException(
                    "public key message of " + message.length + " bytes exceeds " + MESSAGE_BYTES_MAX);
        }
        IdentityMessages.Key parsed = IdentityMessages.decode(message);
        byte[] canonical = IdentityMessages.encode(parsed.type(), parsed.data());
        if (!Arrays.equals(canonical, message)) {
            throw new ProtocolException(
                    "public key message is not in canonical form, so its peer id would be ambiguous");
        }
        return of(parsed.type(), parsed.data(), canonical);
    }

    private static PublicKey of(KeyType type, byte[] data, byte[] message) throws ProtocolException {
        return switch (type) {
            case RSA -> new PublicKey(type, message, rsa(data));
            case ED25519 -> new PublicKey(type, message, ed25519(data));
            case SECP256K1 -> new PublicKey(type, message, checkLength(data));
            case ECDSA -> new PublicKey(type, message, parse("EC", data));
        };
    }

    static PublicKey ofRsa(RSAPublicKey key) {
        return new PublicKey(KeyType.RSA, IdentityMessages.encode(KeyType.RSA, key.getEncoded()), key);
    }

    static PublicKey ofEd25519(byte[] raw) throws ProtocolException {
        return new PublicKey(KeyType.ED25519, IdentityMessages.encode(KeyType.ED25519, raw), ed25519(raw));
    }

    private static RSAPublicKey rsa(byte[] spki) throws ProtocolException {
        if (!(parse("RSA", spki) instanceof RSAPublicKey key)) {
            throw new ProtocolException("RSA public key is of another kind");
        }
        checkRsaBits(key.getModulus().bitLength());
        return key;
    }

    static void checkRsaBits(int bits) throws ProtocolException {
        if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
            throw new ProtocolException(
                    "RSA key of " + bits + " bits is not within " + RSA_BITS_MIN + " to " + RSA_BITS_MAX);
        }
    }

    private static java.security.PublicKey ed25519(byte[] raw) throws ProtocolException {
        if (raw.length != ED25519_BYTES) {
            throw new ProtocolException("Ed25519 public key of " + raw.length + " bytes, expected " + ED25519_BYTES);
        }
        byte[] spki = Arrays.copyOf(ED25519_SPKI, ED25519_SPKI.length + ED25519_BYTES);
        System.arraycopy(raw, 0, spki, ED25519_SPKI.length, ED25519_BYTES);
        return parse("Ed25519", spki);
    }

    private static java.security.@Nullable PublicKey checkLength(byte[] point) throws ProtocolException {
        if (point.length != SECP256K1_BYTES) {
            throw new ProtocolException(
                    "secp256k1 public key of " + point.length + " bytes, expected " + SECP256K1_BYTES);
        }
        return null; // the JDK has no such curve
    }

    private static java.security.PublicKey parse(String algorithm, byte[] spki) throws ProtocolException {
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(spki));
        } catch (InvalidKeySpecException e) {
            throw new ProtocolException(algorithm + " public key of " + spki.length + " bytes is malformed", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks " + algorithm, e);
        }
    }

    public KeyType type() {
        return type;
    }

    public PeerId peerId() {
        return peerId;
    }

    /** The serialized message; a copy. */
    public byte[] message() {
        return message.clone();
    }

    /**
     * Checks a signature: RSA is PKCS#1 v1.5 with SHA-256, Ed25519 is plain.
     *
     * @throws ProtocolException when the key is of a kind that Corolla cannot verify
     */
    public boolean verify(byte[] signed, byte[] signature) throws ProtocolException {
        if (key == null || !(type == KeyType.RSA || type == KeyType.ED25519)) {
            throw new ProtocolException("identity key of " + peerId.shortForm() + " is of kind " + type
                    + ", which Corolla cannot verify; expected RSA or ED25519");
        }
        try {
            Signature verifier = Signature.getInstance(signatureAlgorithm(type));
            verifier.initVerify(key);
            verifier.update(signed);
            return verifier.verify(signature);
        } catch (java.security.SignatureException | java.security.InvalidKeyException e) {
            return false; // malformed is as wrong as false
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks " + signatureAlgorithm(type), e);
        }
    }

    static String signatureAlgorithm(KeyType type) {
        return type == KeyType.RSA ? "SHA256withRSA" : "Ed25519";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PublicKey that && Arrays.equals(message, that.message);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(message);
    }

    @Override
    public String toString() {
        return type + " key of " + peerId.shortForm();
    }
}
