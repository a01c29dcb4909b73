package corolla.server.placement;

import corolla.swarm.Span;
import java.util.Arrays;

/** Chooses blocks where the swarm is weakest. Pure: the same placement gives the same choice on every node. */
public final class BlockPlacement {
    private BlockPlacement() {}

    /**
     * The window of {@code count} blocks whose throughputs, sorted ascending, are the least: the weakest block
     * decides, then the next one. Of equals the first.
     *
     * @param count at most as many as the model has
     */
    public static Span choose(Placement placement, int count) {
        return choose(placement.range(), placement.throughput(), count);
    }

    /**
     * The same.
     *
     * @param range the blocks
     * @param throughput tokens per second of each
     */
    public static Span choose(Span range, double[] throughput, int count) {
        if (count < 1 || count > range.length()) {
            throw new IllegalArgumentException(count + " blocks of a model of " + range.length());
        }
        int best = 0;
        double[] weakest = window(throughput, 0, count);
        for (int start = 1; start + count <= throughput.length; start++) {
            double[] window = window(throughput, start, count);
            if (Arrays.compare(window, weakest) < 0) {
                weakest = window;
                best = start;
            }
        }
        return new Span(range.start() + best, range.start() + best + count);
    }

    private static double[] window(double[] throughput, int start, int count) {
        double[] window = Arrays.copyOfRange(throughput, start, start + count);
        Arrays.sort(window);
        return window;
    }
}
