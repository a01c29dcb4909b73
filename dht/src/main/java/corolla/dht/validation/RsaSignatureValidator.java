package corolla.dht.validation;

import corolla.base.msgpack.Pack;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/**
 * Protects records whose key or subkey names an owner, {@code [owner:ssh-rsa …]}: only the owner's signature makes them
 * valid. Records without an owner need none. The form is hivemind's. Immutable.
 */
public final class RsaSignatureValidator implements RecordValidator {
    /** Digest bytes of SHA-256, and the two bytes of padding that PSS needs: what is left may all be salt. */
    private static final int PSS_OVERHEAD_BYTES = 32 + 2;

    private static final byte[] SIGNATURE_START = "[signature:".getBytes(StandardCharsets.US_ASCII);

    private final PrivateKey privateKey;
    private final byte[] ownerMarker;

    /**
     * Signs with this key the records that name it, and checks all.
     *
     * @throws IllegalArgumentException when it is no RSA key
     */
    public RsaSignatureValidator(KeyPair keys) {
        if (!(keys.getPublic() instanceof RSAPublicKey publicKey) || !(keys.getPrivate() instanceof RSAKey)) {
            throw new IllegalArgumentException(
                    "records are signed with RSA keys, not " + keys.getPublic().getAlgorithm());
        }
        this.privateKey = keys.getPrivate();
        this.ownerMarker = ("[owner:" + OpenSshKeys.format(publicKey) + "]").getBytes(StandardCharsets.US_ASCII);
    }

    /** What a key or subkey must contain so that its records are protected by this key. */
    public byte[] ownerMarker() {
        return ownerMarker.clone();
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public boolean validate(DhtRecord record) {
        Set<String> owners = OwnerMarkers.of(record.keyId(), record.subkey());
        if (owners.isEmpty()) {
            return true;
        }
        Optional<byte[]> signature = signature(record.value());
        if (owners.size() > 1 || signature.isEmpty()) {
            return false;
        }
        Optional<RSAPublicKey> owner = OpenSshKeys.parse(owners.iterator().next());
        return owner.isPresent() && verifies(owner.get(), signedBytes(record, strip(record)), signature.get());
    }

    @Override
    public byte[] sign(DhtRecord record) {
        boolean ours = ByteText.indexOf(record.keyId(), ownerMarker, 0) >= 0
                || ByteText.indexOf(record.subkey(), ownerMarker, 0) >= 0;
        if (!ours) {
            return record.value();
        }
        byte[] signature = sign(signedBytes(record, record.value()));
        byte[] addition = ByteText.concat(
                SIGNATURE_START, Base64.getEncoder().encode(signature), "]".getBytes(StandardCharsets.US_ASCII));
        return ByteText.concat(record.value(), addition);
    }

    @Override
    public byte[] strip(DhtRecord record) {
        int start = signatureStart(record.value());
        return start < 0 ? record.value() : Arrays.copyOf(record.value(), start);
    }

    private static byte[] signedBytes(DhtRecord record, byte[] value) {
        return Pack.tuple(record.keyId(), record.subkey(), value, record.expiration())
                .encode();
    }

    /** Where the one signature at the end begins; -1 when there is none, or more than one. */
    private static int signatureStart(byte[] value) {
        int start = ByteText.indexOf(value, SIGNATURE_START, 0);
        if (start < 0 || value[value.length - 1] != ']') {
            return -1;
        }
        return ByteText.indexOf(value, SIGNATURE_START, start + 1) < 0 ? start : -1;
    }

    private static Optional<byte[]> signature(byte[] value) {
        int start = signatureStart(value);
        if (start < 0) {
            return Optional.empty();
        }
        try {
            byte[] text = Arrays.copyOfRange(value, start + SIGNATURE_START.length, value.length - 1);
            return Optional.of(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    private byte[] sign(byte[] bytes) {
        try {
            Signature signer = pss(((RSAKey) privateKey).getModulus().bitLength());
            signer.initSign(privateKey);
            signer.update(bytes);
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("signing a DHT record failed", e);
        }
    }

    private static boolean verifies(RSAPublicKey key, byte[] bytes, byte[] signature) {
        try {
            Signature verifier = pss(key.getModulus().bitLength());
            verifier.initVerify(key);
            verifier.update(bytes);
            return verifier.verify(signature);
        } catch (GeneralSecurityException malformed) {
            return false;
        }
    }

    /** The salt is as long as fits, and verification demands exactly that: 222 bytes for 2048 bits. */
    private static Signature pss(int modulusBits) throws GeneralSecurityException {
        int saltBytes = (modulusBits - 1 + 7) / 8 - PSS_OVERHEAD_BYTES;
        if (saltBytes < 0) {
            throw new InvalidKeyException("an RSA key of " + modulusBits + " bits is too short for a signature");
        }
        Signature signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(new PSSParameterSpec(
                "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, saltBytes, PSSParameterSpec.TRAILER_FIELD_BC));
        return signature;
    }
}
