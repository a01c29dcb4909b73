package corolla.testkit.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Arrays;
import java.util.SplittableRandom;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** The twins keep the promises of the primitives, but for secrecy; and the real ones are back when the provider is closed. */
class CheapCryptoTest {
    private final SplittableRandom random = new SplittableRandom(3);

    @Test
    void bothSidesAgree() throws GeneralSecurityException {
        try (CheapCrypto _ = CheapCrypto.install()) {
            byte[] one = bytes(32);
            byte[] other = bytes(32);
            byte[] nine = new byte[32];
            nine[0] = 9;
            byte[] shared = agree(one, agree(other, nine));
            assertThat(agree(other, agree(one, nine))).isEqualTo(shared).hasSize(32);
            assertThat(agree(bytes(32), agree(one, nine))).isNotEqualTo(shared);
        }
    }

    private static byte[] agree(byte[] secret, byte[] point) throws GeneralSecurityException {
        KeyFactory factory = KeyFactory.getInstance("X25519");
        KeyAgreement agreement = KeyAgreement.getInstance("X25519");
        agreement.init(factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, secret)));
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = point[31 - i];
        }
        agreement.doPhase(
                factory.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, bigEndian))),
                true);
        return agreement.generateSecret();
    }

    @Test
    void signaturesAreOfOneKeyAndOneMessage() throws GeneralSecurityException {
        try (CheapCrypto _ = CheapCrypto.install()) {
            byte[] seed = bytes(32);
            byte[] message = bytes(100);
            Signature signer = Signature.getInstance("Ed25519");
            signer.initSign(secret(seed));
            signer.update(message);
            byte[] signature = signer.sign();
            assertThat(signature).hasSize(64);
            PublicKey own = open(Mixing.publicHalf(seed));
            assertThat(verifies(own, message, signature)).isTrue();
            assertThat(verifies(own, changed(message), signature)).isFalse();
            assertThat(verifies(own, message, changed(signature))).isFalse();
            assertThat(verifies(open(bytes(32)), message, signature)).isFalse();
        }
    }

    private static PrivateKey secret(byte[] seed) throws GeneralSecurityException {
        return KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(seed));
    }

    private static PublicKey open(byte[] raw) throws GeneralSecurityException {
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(raw));
    }

    private static boolean verifies(PublicKey key, byte[] message, byte[] signature) throws GeneralSecurityException {
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(key);
        verifier.update(message);
        return verifier.verify(signature);
    }

    @Test
    void aSealedMessageOpensWithTheSameKeyNonceAndAssociatedDataOnly() throws GeneralSecurityException {
        try (CheapCrypto _ = CheapCrypto.install()) {
            byte[] key = bytes(32);
            byte[] nonce = bytes(12);
            byte[] plain = bytes(333);
            byte[] sealed = run(Cipher.ENCRYPT_MODE, key, nonce, new byte[] {1}, plain);
            assertThat(sealed).hasSize(plain.length + 16);
            assertThat(run(Cipher.DECRYPT_MODE, key, nonce, new byte[] {1}, sealed))
                    .isEqualTo(plain);
            assertRefused(bytes(32), nonce, new byte[] {1}, sealed);
            assertRefused(key, bytes(12), new byte[] {1}, sealed);
            assertRefused(key, nonce, new byte[] {2}, sealed);
            for (int i = 0; i < sealed.length; i += 7) {
                byte[] damaged = sealed.clone();
                damaged[i] ^= 1;
                assertRefused(key, nonce, new byte[] {1}, damaged);
            }
        }
    }

    private static void assertRefused(byte[] key, byte[] nonce, byte[] associated, byte[] sealed) {
        assertThatThrownBy(() -> run(Cipher.DECRYPT_MODE, key, nonce, associated, sealed))
                .isInstanceOf(AEADBadTagException.class);
    }

    private static byte[] run(int mode, byte[] key, byte[] nonce, byte[] associated, byte[] bytes)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
        cipher.updateAAD(associated);
        byte[] into = new byte[bytes.length + 16];
        int count = cipher.doFinal(bytes, 0, bytes.length, into, 0);
        return Arrays.copyOf(into, count);
    }

    @Test
    void theRealOnesAreBackAfterwards() throws GeneralSecurityException {
        try (CheapCrypto cheap = CheapCrypto.install()) {
            assertThat(KeyAgreement.getInstance("X25519").getProvider()).isSameAs(cheap);
            assertThatThrownBy(CheapCrypto::install).isInstanceOf(IllegalStateException.class);
        }
        assertThat(KeyAgreement.getInstance("X25519").getProvider()).isNotInstanceOf(CheapCrypto.class);
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] changed(byte[] bytes) {
        byte[] changed = bytes.clone();
        changed[changed.length / 2] ^= 4;
        return changed;
    }
}
