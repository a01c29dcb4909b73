package corolla.bench.placement;

import java.util.List;

/**
 * A trace, and what would be best at each moment of it: what the rules are measured on. Immutable.
 *
 * @param best tokens per second of the weakest block in the best placement of the machines that are there, once a minute
 */
record Ground(long seed, Trace trace, double[] best) {
    static final double PERIOD = 60;

    static Ground of(long seed, double meanLife) {
        Trace trace = Trace.random(seed, meanLife);
        double[] best = new double[(int) (Trace.ENDS / PERIOD) + 1];
        List<Machine> before = List.of();
        for (int i = 0; i < best.length; i++) {
            List<Machine> present = present(trace, i * PERIOD);
            boolean isSame = i > 0 && present.equals(before);
            best[i] = isSame ? best[i - 1] : BestPlacement.throughput(present, Trace.BLOCKS, seed);
            before = present;
        }
        return new Ground(seed, trace, best);
    }

    /** Machines that can have loaded their blocks by then. */
    private static List<Machine> present(Trace trace, double now) {
        Times times = Times.corolla();
        return trace.machines().stream()
                .filter(machine -> machine.arrives() + times.selection() + times.loading(machine.blocks()) <= now)
                .filter(machine -> machine.leaves() > now)
                .toList();
    }
}
