package corolla.p2p.identity;

import corolla.base.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.EdECPoint;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;

/** Private keys from their bytes, with the JDK's key factories. */
final class IdentityKeys {
    static final int SEED_BYTES = 32;

    /** The header of an Ed25519 PrivateKeyInfo, which the seed follows (RFC 8410). */
    private static final byte[] ED25519_PKCS8 = {
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20
    };

    /** Version 0, algorithm rsaEncryption (1.2.840.113549.1.1.1) with NULL parameters. */
    private static final byte[] RSA_PKCS8_HEAD = {
        0x02,
        0x01,
        0x00,
        0x30,
        0x0d,
        0x06,
        0x09,
        0x2a,
        (byte) 0x86,
        0x48,
        (byte) 0x86,
        (byte) 0xf7,
        0x0d,
        0x01,
        0x01,
        0x01,
        0x05,
        0x00
    };

    private static final int DER_SEQUENCE = 0x30;
    private static final int DER_OCTETS = 0x04;

    private IdentityKeys() {}

    static Identity decode(byte[] fileBytes) throws ProtocolException {
        IdentityMessages.Key key = IdentityMessages.decode(fileBytes);
        return switch (key.type()) {
            case RSA -> rsa(key.data(), fileBytes.clone());
            case ED25519 -> ed25519File(key.data());
            case SECP256K1, ECDSA ->
                throw new ProtocolException("private key of kind " + key.type()
                        + " is not supported as an identity; make an RSA or Ed25519 one");
        };
    }

    private static Identity ed25519File(byte[] data) throws ProtocolException {
        if (data.length != 2 * SEED_BYTES) {
            throw new ProtocolException("Ed25519 private key of " + data.length + " bytes, expected 64");
        }
        Identity identity = ed25519(Arrays.copyOf(data, SEED_BYTES));
        byte[] derived = identity.publicKeyMessage();
        byte[] stored = IdentityMessages.encode(KeyType.ED25519, Arrays.copyOfRange(data, SEED_BYTES, 2 * SEED_BYTES));
        if (!Arrays.equals(derived, stored)) {
            throw new ProtocolException("Ed25519 identity is damaged: its public half does not belong to its seed");
        }
        return identity;
    }

    static Identity ed25519(byte[] seed) {
        if (seed.length != SEED_BYTES) {
            throw new IllegalArgumentException("seed of " + seed.length + " bytes, expected " + SEED_BYTES);
        }
        byte[] pkcs8 = Arrays.copyOf(ED25519_PKCS8, ED25519_PKCS8.length + SEED_BYTES);
        System.arraycopy(seed, 0, pkcs8, ED25519_PKCS8.length, SEED_BYTES);
        try {
            PrivateKey privateKey = KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            byte[] raw = publicHalf(seed);
            byte[] data = Arrays.copyOf(seed, 2 * SEED_BYTES);
            System.arraycopy(raw, 0, data, SEED_BYTES, SEED_BYTES);
            return new Identity(PublicKey.ofEd25519(raw), privateKey, IdentityMessages.encode(KeyType.ED25519, data));
        } catch (GeneralSecurityException | ProtocolException e) {
            throw new IllegalStateException("this JDK cannot make an Ed25519 key from a seed", e);
        }
    }

    /** The JDK derives a public key only while it generates a pair: so it generates from a "random" that is the seed. */
    private static byte[] publicHalf(byte[] seed) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, new SeedRandom(seed));
        EdECPoint point = ((EdECPublicKey) generator.generateKeyPair().getPublic()).getPoint();
        byte[] bigEndian = point.getY().toByteArray();
        byte[] raw = new byte[SEED_BYTES];
        for (int i = 0; i < bigEndian.length && i < SEED_BYTES; i++) {
            raw[i] = bigEndian[bigEndian.length - 1 - i];
        }
        raw[SEED_BYTES - 1] |= (byte) (point.isXOdd() ? 0x80 : 0);
        return raw;
    }

    private static Identity rsa(byte[] pkcs1, byte[] fileBytes) throws ProtocolException {
        try {
            KeyFactory factory = KeyFactory.getInstance("RSA");
            PrivateKey key = factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8(pkcs1)));
            if (!(key instanceof RSAPrivateCrtKey crt)) {
                throw new ProtocolException("RSA identity lacks its public exponent");
            }
            PublicKey.checkRsaBits(crt.getModulus().bitLength());
            var publicKey = (RSAPublicKey)
                    factory.generatePublic(new RSAPublicKeySpec(crt.getModulus(), crt.getPublicExponent()));
            return new Identity(PublicKey.ofRsa(publicKey), crt, fileBytes);
        } catch (GeneralSecurityException e) {
            throw new ProtocolException("RSA private key of " + pkcs1.length + " bytes is malformed", e);
        }
    }

    private static byte[] pkcs8(byte[] pkcs1) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(RSA_PKCS8_HEAD);
        writeDer(body, DER_OCTETS, pkcs1);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        writeDer(whole, DER_SEQUENCE, body.toByteArray());
        return whole.toByteArray();
    }

    private static void writeDer(ByteArrayOutputStream out, int tag, byte[] value) {
        out.write(tag);
        if (value.length < 0x80) {
            out.write(value.length);
        } else {
            int size = (Integer.SIZE - Integer.numberOfLeadingZeros(value.length) + 7) / 8;
            out.write(0x80 | size);
            for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
                out.write(value.length >>> shift);
            }
        }
        out.writeBytes(value);
    }

    /** Hands out one seed, once. */
    private static final class SeedRandom extends SecureRandom {
        private static final long serialVersionUID = 1;

        private final byte[] seed;

        SeedRandom(byte[] seed) {
            this.seed = seed;
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }
}
