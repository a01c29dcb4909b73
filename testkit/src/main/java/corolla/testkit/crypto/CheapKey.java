package corolla.testkit.crypto;

import java.security.PrivateKey;
import java.security.PublicKey;

/** The raw bytes of a key. */
final class CheapKey {
    private CheapKey() {}

    /** 32 secret bytes, and what passes for the public half of them. Immutable; nobody writes to the arrays. */
    record Secret(String algorithm, byte[] bytes, byte[] publicHalf) implements PrivateKey {
        Secret(String algorithm, byte[] bytes) {
            this(algorithm, bytes, Mixing.publicHalf(bytes));
        }

        @Override
        public String getAlgorithm() {
            return algorithm;
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

    /** 32 bytes as on the wire. Immutable; nobody writes to the array. */
    record Public(String algorithm, byte[] bytes) implements PublicKey {
        @Override
        public String getAlgorithm() {
            return algorithm;
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
}
