package corolla.testkit.crypto;

import java.math.BigInteger;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactorySpi;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import javax.crypto.KeyAgreementSpi;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** A key exchange on which both sides agree, and everybody who listens. */
public final class CheapX25519 {
    private static final String NAME = "X25519";
    private static final int BYTES = 32;

    private CheapX25519() {}

    /** Keys from their specifications. */
    public static final class Keys extends KeyFactorySpi {
        /** For the JDK. */
        public Keys() {}

        @Override
        protected PublicKey engineGeneratePublic(KeySpec spec) throws InvalidKeySpecException {
            if (!(spec instanceof XECPublicKeySpec point)) {
                throw new InvalidKeySpecException("not a point: " + spec);
            }
            return new CheapKey.Public(NAME, littleEndian(point.getU()));
        }

        @Override
        protected PrivateKey engineGeneratePrivate(KeySpec spec) throws InvalidKeySpecException {
            if (!(spec instanceof XECPrivateKeySpec scalar)) {
                throw new InvalidKeySpecException("not a scalar: " + spec);
            }
            return new CheapKey.Secret(NAME, scalar.getScalar());
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

    private static byte[] littleEndian(BigInteger number) {
        byte[] bigEndian = number.toByteArray();
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < bigEndian.length && i < BYTES; i++) {
            bytes[i] = bigEndian[bigEndian.length - 1 - i];
        }
        return bytes;
    }

    /** What a secret and another's public half have in common. */
    public static final class Agreement extends KeyAgreementSpi {
        private CheapKey.@Nullable Secret secret;
        private byte[] other = new byte[BYTES];

        /** For the JDK. */
        public Agreement() {}

        @Override
        protected void engineInit(Key key, SecureRandom random) throws InvalidKeyException {
            if (!(key instanceof CheapKey.Secret own)) {
                throw new InvalidKeyException("a key of another provider");
            }
            secret = own;
        }

        @Override
        protected void engineInit(Key key, AlgorithmParameterSpec parameters, SecureRandom random)
                throws InvalidKeyException, InvalidAlgorithmParameterException {
            engineInit(key, random);
        }

        @Override
        protected @Nullable Key engineDoPhase(Key key, boolean last) throws InvalidKeyException {
            if (!(key instanceof CheapKey.Public point)) {
                throw new InvalidKeyException("a key of another provider");
            }
            other = point.bytes();
            return null;
        }

        @Override
        protected byte[] engineGenerateSecret() {
            CheapKey.Secret own = secret;
            if (own == null) {
                throw new IllegalStateException("no secret given");
            }
            if (isBasePoint()) {
                return own.publicHalf().clone();
            }
            byte[] both = new byte[BYTES];
            for (int i = 0; i < BYTES; i++) {
                both[i] = (byte) (own.publicHalf()[i] ^ other[i]);
            }
            byte[] shared = new byte[BYTES];
            Mixing.expand(Mixing.mix(11, both, 0, BYTES), shared, 0, BYTES);
            return shared;
        }

        private boolean isBasePoint() {
            for (int i = 1; i < BYTES; i++) {
                if (other[i] != 0) {
                    return false;
                }
            }
            return other[0] == 9;
        }

        @Override
        protected int engineGenerateSecret(byte[] into, int offset) throws ShortBufferException {
            byte[] shared = engineGenerateSecret();
            System.arraycopy(shared, 0, into, offset, BYTES);
            return BYTES;
        }

        @Override
        protected SecretKey engineGenerateSecret(String algorithm) {
            return new SecretKeySpec(engineGenerateSecret(), algorithm);
        }
    }
}
