package corolla.testkit.crypto;

import java.security.Provider;
import java.security.Security;

/**
 * The provider. While one is open, whatever this JVM asks for by the names of these primitives is a cheap twin: keys and signatures of
 * both kinds do not go together.
 *
 * <pre>{@code
 * try (CheapCrypto _ = CheapCrypto.install()) { ... simulate ... }
 * }</pre>
 */
public final class CheapCrypto extends Provider implements AutoCloseable {
    private static final long serialVersionUID = 1;

    private CheapCrypto() {
        super("CorollaCheapCrypto", "1", "stands in for X25519, Ed25519 and ChaCha20-Poly1305 in simulations");
        put("KeyFactory.X25519", CheapX25519.Keys.class.getName());
        put("KeyAgreement.X25519", CheapX25519.Agreement.class.getName());
        put("KeyFactory.Ed25519", CheapEd25519.Keys.class.getName());
        put("KeyPairGenerator.Ed25519", CheapEd25519.Pairs.class.getName());
        put("Signature.Ed25519", CheapEd25519.Signing.class.getName());
        put("Cipher.ChaCha20-Poly1305", CheapCipher.class.getName());
    }

    /** Comes before all other providers, until it is closed. */
    public static CheapCrypto install() {
        CheapCrypto provider = new CheapCrypto();
        if (Security.insertProviderAt(provider, 1) < 0) {
            throw new IllegalStateException(provider.getName() + " is installed already");
        }
        return provider;
    }

    @Override
    public void close() {
        Security.removeProvider(getName());
    }
}
