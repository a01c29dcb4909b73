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

    /** Whether values come back as rough figures: a byte each, the outliers among them clipped or far off. */
    public boolean isRough() {
        return this == QUANTILE_8BIT || this == UNIFORM_8BIT || this == BLOCKWISE_8BIT;
    }

    /** Whether each value is packed for itself, so that packing what has been unpacked changes nothing, together with whatever else. */
    public boolean isByValue() {
        return this == NONE || this == FLOAT16;
    }

    public static Optional<Compression> ofCode(long code) {
        return code >= 0 && code < VALUES.length ? Optional.of(VALUES[(int) code]) : Optional.empty();
    }
}
