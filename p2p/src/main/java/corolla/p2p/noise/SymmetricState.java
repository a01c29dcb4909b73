package corolla.p2p.noise;

import corolla.base.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Noise's SymmetricState: the hash of all that was said, the chaining key, and the cipher once there is a key. Confined. */
final class SymmetricState {
    static final String PROTOCOL = "Noise_XX_25519_ChaChaPoly_SHA256";
    private static final int HASH_BYTES = 32;

    private byte[] hash;
    private byte[] chainingKey;
    private @Nullable NoiseCipher cipher;

    SymmetricState() {
        // Noise, "InitializeSymmetric": a name of at most 32 bytes is its own hash; this one has exactly 32.
        hash = PROTOCOL.getBytes(StandardCharsets.US_ASCII);
        chainingKey = hash.clone();
    }

    /** Two keys of one secret. */
    record Split(byte[] first, byte[] second) {}

    byte[] handshakeHash() {
        return hash.clone();
    }

    boolean hasKey() {
        return cipher != null;
    }

    void mixHash(byte[] data) {
        MessageDigest digest = sha256();
        digest.update(hash);
        hash = digest.digest(data);
    }

    void mixKey(byte[] secret) {
        Split keys = derive(chainingKey, secret);
        chainingKey = keys.first;
        cipher = new NoiseCipher(keys.second);
    }

    byte[] encryptAndHash(byte[] plain) {
        byte[] sealed = plain;
        if (cipher != null) {
            sealed = new byte[plain.length + NoiseCipher.TAG_BYTES];
            cipher.encrypt(hash, plain, 0, plain.length, sealed, 0);
        }
        mixHash(sealed);
        return sealed;
    }

    byte[] decryptAndHash(byte[] sealed) throws ProtocolException {
        byte[] plain = sealed;
        if (cipher != null) {
            byte[] into = new byte[sealed.length];
            int count = cipher.decrypt(hash, sealed, 0, sealed.length, into, 0);
            plain = Arrays.copyOf(into, count);
        }
        mixHash(sealed);
        return plain;
    }

    /** The transport keys: the first encrypts from initiator to responder. */
    Split split() {
        return derive(chainingKey, new byte[0]);
    }

    /** HKDF with two outputs, as Noise defines it. */
    private static Split derive(byte[] chainingKey, byte[] secret) {
        byte[] temporary = hmac(chainingKey, secret);
        byte[] first = hmac(temporary, new byte[] {1});
        byte[] again = Arrays.copyOf(first, HASH_BYTES + 1);
        again[HASH_BYTES] = 2;
        return new Split(first, hmac(temporary, again));
    }

    private static byte[] hmac(byte[] key, byte[] data) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
