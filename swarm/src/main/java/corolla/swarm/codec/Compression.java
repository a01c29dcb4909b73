package corolla.swarm.codec;

import java.util.Optional;

/** How a tensor's buffer is packed; the order is the number on the wire. */
public enum Compression {
    NONE,
    MEANSTD_16BIT,
    FLOAT16,
    QUANTILE_8BIT,
    UNIFORM_8BIT,
    BLOCKWISE_8BIT;

    private static final Compression[] VALUES = values();

    /** The number on the wire. */
    public int code() {
        return ordinal();
    }

    public static Optional<Compression> ofCode(long code) {
        return code >= 0 && code < VALUES.length ? Optional.of(VALUES[(int) code]) : Optional.empty();
    }
}
