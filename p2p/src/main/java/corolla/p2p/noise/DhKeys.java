package corolla.p2p.noise;

import corolla.base.ProtocolException;
import corolla.base.random.Randoms;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import javax.crypto.KeyAgreement;

/** An X25519 key pair, and what it agrees on with others. Immutable. */
final class DhKeys {
    static final int BYTES = 32;
    private static final byte[] BASE_POINT = basePoint();

    private final PrivateKey privateKey;
    private final byte[] publicBytes;

    private DhKeys(PrivateKey privateKey, byte[] publicBytes) {
        this.privateKey = privateKey;
        this.publicBytes = publicBytes;
    }

    static DhKeys generate(Randoms randoms) {
        byte[] secret = new byte[BYTES];
        randoms.secret(secret);
        return ofPrivate(secret);
    }

    static DhKeys ofPrivate(byte[] secret) {
        try {
            PrivateKey key = KeyFactory.getInstance("X25519")
                    .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret));
            // RFC 7748: the public key is what the secret agrees on with the base point.
            return new DhKeys(key, agree(key, BASE_POINT));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks X25519", e);
        }
    }

    /** The 32 bytes on the wire; not to be written to. */
    byte[] publicBytes() {
        return publicBytes;
    }

    /**
     * The shared secret with another's public key.
     *
     * @throws ProtocolException when the other key is one of the few that give nothing secret
     */
    byte[] agree(byte[] otherPublic) throws ProtocolException {
        try {
            return agree(privateKey, otherPublic);
        } catch (InvalidKeyException e) {
            throw new ProtocolException("noise public key of the remote is of small order", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks X25519", e);
        }
    }

    private static byte[] agree(PrivateKey secret, byte[] otherPublic) throws GeneralSecurityException {
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(secret);
        agreement.doPhase(publicKey(otherPublic), true);
        return agreement.generateSecret();
    }

    private static PublicKey publicKey(byte[] littleEndian) throws GeneralSecurityException {
        byte[] bigEndian = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bigEndian[i] = littleEndian[BYTES - 1 - i];
        }
        bigEndian[0] &= 0x7f; // RFC 7748: the top bit is not part of the number
        return KeyFactory.getInstance("X25519")
                .generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian)));
    }

    private static byte[] basePoint() {
        byte[] nine = new byte[BYTES];
        nine[0] = 9;
        return nine;
    }
}
