package corolla.server.placement;

import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Chooses blocks where the swarm is weakest. Pure: the same view gives the same choice on every node. */
public final class BlockPlacement {
    private BlockPlacement() {}

    /**
     * The window of {@code count} blocks whose announced throughputs, sorted ascending, are the least: the weakest block
     * decides, then the next one. Of equals the first.
     *
     * @param view all blocks of the model
     * @param count at most as many as the model has
     */
    public static Span choose(SwarmView view, int count) {
        Span range = view.range();
        if (count < 1 || count > range.length()) {
            throw new IllegalArgumentException(count + " blocks of a model of " + range.length());
        }
        double[] throughput = throughput(view);
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

    /** For each block the sum over servers that serve it or load it, in the order of peer ids so that all nodes get equal bits. */
    static double[] throughput(SwarmView view) {
        double[] sums = new double[view.range().length()];
        List<PeerSpan> spans = view.spans(ServerState.JOINING).stream()
                .sorted(Comparator.comparing(span -> span.peer().toBase58()))
                .toList();
        for (PeerSpan server : spans) {
            for (int block = server.span().start(); block < server.span().end(); block++) {
                sums[block - view.range().start()] += server.info().throughput();
            }
        }
        return sums;
    }

    private static double[] window(double[] throughput, int start, int count) {
        double[] window = Arrays.copyOfRange(throughput, start, start + count);
        Arrays.sort(window);
        return window;
    }
}
