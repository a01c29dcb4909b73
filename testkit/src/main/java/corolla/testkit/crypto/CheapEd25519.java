package corolla.testkit.crypto;

import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.InvalidParameterException;
import java.security.Key;
import java.security.KeyFactorySpi;
import java.security.KeyPair;
import java.security.KeyPairGeneratorSpi;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.SignatureSpi;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.EdECPoint;
import java.security.spec.EncodedKeySpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Signatures that anybody could make, and nobody in a simulation does. */
public final class CheapEd25519 {
    private static final String NAME = "Ed25519";
    private static final int KEY_BYTES = 32;
    private static final int SIGNATURE_BYTES = 64;

    private CheapEd25519() {}

    /** Keys from their encodings, which end with the raw bytes. */
    public static final class Keys extends KeyFactorySpi {
        /** For the JDK. */
        public Keys() {}

        @Override
        protected PublicKey engineGeneratePublic(KeySpec spec) throws InvalidKeySpecException {
            return new CheapKey.Public(NAME, raw(spec));
        }

        @Override
        protected PrivateKey engineGeneratePrivate(KeySpec spec) throws InvalidKeySpecException {
            return new CheapKey.Secret(NAME, raw(spec));
        }

        private static byte[] raw(KeySpec spec) throws InvalidKeySpecException {
            if (!(spec instanceof EncodedKeySpec encoded) || encoded.getEncoded().length < KEY_BYTES) {
                throw new InvalidKeySpecException("not an encoded key: " + spec);
            }
            byte[] bytes = encoded.getEncoded();
            return Arrays.copyOfRange(bytes, bytes.length - KEY_BYTES, bytes.length);
        }

        @Override
        protected <T extends KeySpec> T engineGetKeySpec(Key key, Class<T> type) throws InvalidKeySpecException {
            throw new InvalidKeySpecException("not needed");
        }

        @Override
        protected Key engineTranslateKey(Key key) {
            return key;
        }
    }

    /** Pairs from a source of randomness. */
    public static final class Pairs extends KeyPairGeneratorSpi {
        private @Nullable SecureRandom random;

        /** For the JDK. */
        public Pairs() {}

        @Override
        public void initialize(int size, SecureRandom source) {
            throw new InvalidParameterException("needs Ed25519's parameters");
        }

        @Override
        public void initialize(AlgorithmParameterSpec parameters, SecureRandom source) {
            random = source;
        }

        @Override
        public KeyPair generateKeyPair() {
            byte[] seed = new byte[KEY_BYTES];
            Objects.requireNonNull(random, "not initialized").nextBytes(seed);
            CheapKey.Secret secret = new CheapKey.Secret(NAME, seed);
            return new KeyPair(new Point(secret.publicHalf()), secret);
        }
    }

    /** A public key that tells its "point". */
    private record Point(byte[] bytes) implements EdECPublicKey {
        @Override
        public EdECPoint getPoint() {
            byte[] bigEndian = new byte[KEY_BYTES];
            for (int i = 0; i < KEY_BYTES; i++) {
                bigEndian[i] = bytes[KEY_BYTES - 1 - i];
            }
            return new EdECPoint(false, new BigInteger(1, bigEndian)); // the top bit is clear
        }

        @Override
        public NamedParameterSpec getParams() {
            return NamedParameterSpec.ED25519;
        }

        @Override
        public String getAlgorithm() {
            return NAME;
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        @Override
        public byte[] getEncoded() {
            return bytes.clone();
        }
    }

    /** A signature is a hash of the message and the public key. */
    public static final class Signing extends SignatureSpi {
        private byte[] publicHalf = new byte[KEY_BYTES];
        private long hash;

        /** For the JDK. */
        public Signing() {}

        private void begin(byte[] key) {
            publicHalf = key;
            hash = Mixing.mix(13, publicHalf, 0, KEY_BYTES);
        }

        @Override
        protected void engineInitVerify(PublicKey key) throws InvalidKeyException {
            if (!(key instanceof CheapKey.Public known)) {
                throw new InvalidKeyException("a key of another provider");
            }
            begin(known.bytes());
        }

        @Override
        protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
            if (!(key instanceof CheapKey.Secret own)) {
                throw new InvalidKeyException("a key of another provider");
            }
            begin(own.publicHalf());
        }

        @Override
        protected void engineUpdate(byte one) {
            engineUpdate(new byte[] {one}, 0, 1);
        }

        @Override
        protected void engineUpdate(byte[] bytes, int from, int count) {
            hash = Mixing.mix(hash, bytes, from, count);
        }

        @Override
        protected byte[] engineSign() {
            byte[] signature = new byte[SIGNATURE_BYTES];
            Mixing.expand(hash, signature, 0, SIGNATURE_BYTES);
            begin(publicHalf);
            return signature;
        }

        @Override
        protected boolean engineVerify(byte[] signature) {
            return Arrays.equals(engineSign(), signature);
        }

        @Override
        @Deprecated
        protected void engineSetParameter(String name, Object value) {
            throw new InvalidParameterException(name);
        }

        @Override
        @Deprecated
        protected Object engineGetParameter(String name) {
            throw new InvalidParameterException(name);
        }
    }
}
