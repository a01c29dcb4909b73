package corolla.p2p.identity;

import corolla.base.ProtocolException;
import corolla.base.random.Randoms;
import corolla.p2p.PeerId;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import org.jspecify.annotations.Nullable;

/**
 * Our own key pair: RSA or Ed25519. Immutable, thread-safe. The private key leaves it through {@link #save} only.
 *
 * <p>Identity files are hivemind's: the raw bytes of the private key message.
 */
public final class Identity {
    private final PublicKey publicKey;
    private final PrivateKey privateKey;
    private final byte[] fileBytes;

    Identity(PublicKey publicKey, PrivateKey privateKey, byte[] fileBytes) {
        this.publicKey = publicKey;
        this.privateKey = privateKey;
        this.fileBytes = fileBytes;
    }

    /** A fresh Ed25519 identity. */
    public static Identity generateEd25519(Randoms randoms) {
        byte[] seed = new byte[IdentityKeys.SEED_BYTES];
        randoms.secret(seed);
        return ofEd25519Seed(seed);
    }

    /**
     * The identity that belongs to a seed.
     *
     * @param seed 32 bytes, secret
     */
    public static Identity ofEd25519Seed(byte[] seed) {
        return IdentityKeys.ed25519(seed);
    }

    /**
     * Reads an identity from the bytes of an identity file.
     *
     * @throws ProtocolException when they are none, or of a kind that has no use as our own identity
     */
    public static Identity decode(byte[] fileBytes) throws ProtocolException {
        return IdentityKeys.decode(fileBytes);
    }

    /** Loads an identity file, as hivemind or {@link #save} wrote it. */
    public static Identity load(Path file) throws IOException {
        return IdentityFiles.load(file);
    }

    /** Writes the identity file, readable by its owner only; replaces it at once or not at all. */
    public void save(Path file) throws IOException {
        IdentityFiles.save(file, fileBytes);
    }

    public PeerId peerId() {
        return publicKey.peerId();
    }

    public PublicKey publicKey() {
        return publicKey;
    }

    /** The serialized public key message; a copy. */
    public byte[] publicKeyMessage() {
        return publicKey.message();
    }

    public byte[] sign(byte[] message) {
        try {
            Signature signer = Signature.getInstance(PublicKey.signatureAlgorithm(publicKey.type()));
            signer.initSign(privateKey);
            signer.update(message);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signing with our own " + publicKey.type() + " key failed", e);
        }
    }

    /** The private key for record signatures of the layers above (hivemind's RSA validator); null unless it is RSA. */
    public @Nullable PrivateKey rsaPrivateKey() {
        return publicKey.type() == KeyType.RSA ? privateKey : null;
    }

    @Override
    public String toString() {
        return "identity " + publicKey.peerId().shortForm();
    }
}
