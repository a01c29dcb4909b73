package corolla.p2p.identity;

import java.util.Optional;

/** Kinds of keys, by their number on the wire. */
public enum KeyType {
    RSA,
    ED25519,
    SECP256K1,
    ECDSA;

    int code() {
        return ordinal();
    }

    static Optional<KeyType> ofCode(long code) {
        return code >= 0 && code < values().length ? Optional.of(values()[(int) code]) : Optional.empty();
    }
}
