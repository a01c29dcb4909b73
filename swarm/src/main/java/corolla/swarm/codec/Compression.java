package corolla.swarm.codec;

import java.util.Optional;

/** How a tensor's buffer is packed. */
public enum Compression {
    NONE(0),
    MEANSTD_16BIT(1),
    FLOAT16(2),
    QUANTILE_8BIT(3),
    UNIFORM_8BIT(4),
    BLOCKWISE_8BIT(5);

    private static final Compression[] VALUES = values();

    private final int code;

    Compression(int code) {
        this.code = code;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    public static Optional<Compression> ofCode(long code) {
        return code >= 0 && code < VALUES.length ? Optional.of(VALUES[(int) code]) : Optional.empty();
    }
}
