package corolla.client.forward;

/**
 * How a batch is sent through a chain.
 *
 * @param tokensAtOnce tokens of one micro-batch; a longer sequence is one of its own
 * @param microBatchesAtOnce micro-batches on their way at the same time; servers let one peer have 64 calls
 */
public record ForwardConfig(int tokensAtOnce, int microBatchesAtOnce) {
    public ForwardConfig {
        if (tokensAtOnce < 1 || microBatchesAtOnce < 1) {
            throw new IllegalArgumentException("tokensAtOnce " + tokensAtOnce + " and microBatchesAtOnce "
                    + microBatchesAtOnce + " must be at least 1");
        }
    }

    /** Micro-batches of stock clients' size, sixteen at a time. */
    public static ForwardConfig defaults() {
        return new ForwardConfig(1024, 16);
    }
}
