package corolla.p2p.identity;

import java.util.Arrays;
import java.util.Optional;

/** Kinds of keys, by their number on the wire. */
public enum KeyType {
    RSA(0),
    ED25519(1),
    SECP256K1(2),
    ECDSA(3);

    private final int code;

    KeyType(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Optional<KeyType> ofCode(long code) {
        return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
    }
}
