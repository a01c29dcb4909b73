package corolla.swarm.protocol;

/**
 * Sizes that the protocol fixes. Both sides of a call know them.
 */
public final class SwarmLimits {
    /** Whole unary message, either direction: stock daemons drop a larger one without an answer. */
    public static final int UNARY_BYTES_MAX = 4 << 20;

    /** Raw bytes of request tensors above which stock clients use the {@code _stream} methods. */
    public static final int UNARY_TENSOR_BYTES_MAX = 1 << 20;

    /** Buffer bytes of one piece of a tensor on a stream. */
    public static final int PIECE_BYTES_MAX = 4 << 20;

    /** Tensors in one request; known calls have three. */
    public static final int TENSORS_MAX = 16;

    /** Bytes of a request's metadata; known ones are below 1 KiB, longest with a long chain of next servers. */
    public static final int METADATA_BYTES_MAX = 1 << 20;

    private SwarmLimits() {}
}
