package corolla.server.placement;

import corolla.swarm.Span;

/**
 * The price of a placement's weak blocks: the sum over blocks of {@code (mean / throughput)^8}, so that the weakest block
 * counts most and every block some. Blocks without any throughput are counted apart. Confined to one planning; changed in place.
 *
 * <p>The price of one server at every window of the model is a difference of two prefix sums, so the best window of each
 * server costs one pass over the blocks.
 */
final class Evenness {
    /** Below this share of the mean a block is as bad as can be; keeps sums within the precision of a double. */
    private static final double FLOOR = 0.02;

    private static final double NOTHING = 1e-9;

    private final double[] throughput;
    private final double mean;
    private final double[] price; // prefix sums of what each block's price falls by
    private final int[] filled; // prefix sums of blocks that would have no throughput without

    Evenness(double[] throughput) {
        this.throughput = throughput;
        double sum = 0;
        for (double each : throughput) {
            sum += each;
        }
        this.mean = Math.max(sum / throughput.length, NOTHING);
        this.price = new double[throughput.length + 1];
        this.filled = new int[throughput.length + 1];
    }

    double[] throughput() {
        return throughput;
    }

    double weakest() {
        double least = Double.POSITIVE_INFINITY;
        for (double each : throughput) {
            least = Math.min(least, each);
        }
        return isNothing(least) ? 0 : least;
    }

    /** The first of the weakest blocks, from 0. */
    int weakestBlock() {
        int weakest = 0;
        for (int block = 1; block < throughput.length; block++) {
            if (throughput[block] < throughput[weakest]) {
                weakest = block;
            }
        }
        return weakest;
    }

    int holes() {
        int count = 0;
        for (double each : throughput) {
            count += isNothing(each) ? 1 : 0;
        }
        return count;
    }

    /** A server begins to count, or no longer does. */
    void add(Span span, double tokensPerSecond) {
        for (int block = span.start(); block < span.end(); block++) {
            throughput[block] += tokensPerSecond;
        }
    }

    private static boolean isNothing(double tokensPerSecond) {
        return tokensPerSecond < NOTHING;
    }

    private double price(double tokensPerSecond) {
        double share = mean / Math.max(tokensPerSecond, FLOOR * mean);
        double square = share * share;
        double fourth = square * square;
        return fourth * fourth;
    }

    /** What a server adds to each window; call before {@link #gain} and {@link #filled}. The server must not be counted. */
    void measure(double tokensPerSecond) {
        for (int block = 0; block < throughput.length; block++) {
            double now = throughput[block];
            price[block + 1] = price[block] + price(now) - price(now + tokensPerSecond);
            filled[block + 1] = filled[block] + (isNothing(now) && !isNothing(tokensPerSecond) ? 1 : 0);
        }
    }

    /** By how much the price is less with the measured server at {@code [start, start + length)}. */
    double gain(int start, int length) {
        return price[start + length] - price[start];
    }

    /** How many blocks have the measured server alone when it is at {@code [start, start + length)}. */
    int filled(int start, int length) {
        return filled[start + length] - filled[start];
    }
}
