package corolla.p2p.noise;

import corolla.base.ProtocolException;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * ChaCha20-Poly1305 with a key and a message counter (Noise's CipherState), in one direction of use. Confined to one thread at a
 * time.
 */
final class NoiseCipher {
    static final int TAG_BYTES = 16;
    private static final int NONCE_BYTES = 12;

    private final Cipher cipher;
    private final SecretKeySpec key;
    private final byte[] nonce = new byte[NONCE_BYTES];
    private long counter;

    NoiseCipher(byte[] key) {
        this.key = new SecretKeySpec(key, "ChaCha20");
        try {
            this.cipher = Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks ChaCha20-Poly1305", e);
        }
    }

    /** Encrypts and appends the tag. @return bytes written to {@code into} */
    int encrypt(byte[] associated, byte[] plain, int from, int count, byte[] into, int at) {
        try {
            start(Cipher.ENCRYPT_MODE, associated);
            return cipher.doFinal(plain, from, count, into, at);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt " + count + " bytes", e);
        }
    }

    /**
     * Checks the tag at the end and decrypts.
     *
     * @return bytes written to {@code into}
     * @throws ProtocolException when the message was not written with our key and counter
     */
    int decrypt(byte[] associated, byte[] sealed, int from, int count, byte[] into, int at) throws ProtocolException {
        if (count < TAG_BYTES) {
            throw new ProtocolException("noise message of " + count + " bytes is shorter than its tag");
        }
        try {
            start(Cipher.DECRYPT_MODE, associated);
            return cipher.doFinal(sealed, from, count, into, at);
        } catch (AEADBadTagException e) {
            throw new ProtocolException(
                    "noise message " + (counter - 1) + " of " + count + " bytes is not authentic", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot decrypt " + count + " bytes", e);
        }
    }

    private void start(int mode, byte[] associated) throws GeneralSecurityException {
        // Noise, "The ChaChaPoly cipher functions": 32 bits of zeros, then the counter in little-endian.
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[4 + i] = (byte) (counter >>> (8 * i));
        }
        counter++;
        cipher.init(mode, key, new IvParameterSpec(nonce));
        if (associated.length > 0) {
            cipher.updateAAD(associated);
        }
    }
}
