package corolla.kernels.cuda.driver;

/**
 * How launches are collected before the driver gets them.
 *
 * @param launchesMax of a batch. With few, a graph saves little; with many, the device idles while the host collects the first ones of a step
 * @param graphsMax that are kept: they take memory of the device
 * @param seenMax batches that are remembered to have come once: forwards whose shapes never come again should push out no others
 */
public record BatchLimits(int launchesMax, int graphsMax, int seenMax) {
    /** Every launch goes to the driver by itself. */
    public static final BatchLimits ALONE = new BatchLimits(1, 1, 1);

    public BatchLimits {
        if (launchesMax < 1 || graphsMax < 1 || seenMax < 1) {
            throw new IllegalArgumentException("batches of at most " + launchesMax + " launches, " + graphsMax
                    + " graphs, " + seenMax + " batches remembered: each is at least 1");
        }
    }

    /** Reasons are in ADR 18. */
    public static BatchLimits defaults() {
        return new BatchLimits(32, 256, 512);
    }
}
