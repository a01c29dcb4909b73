package corolla.bench.placement;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** The most that machines can do together when they may be put anywhere: simulated annealing, from several begins. Stateless. */
final class BestPlacement {
    private static final int BEGINS = 3;
    private static final int STEPS = 20_000;

    private BestPlacement() {}

    /** Tokens per second of the weakest block, in the best placement found. */
    static double throughput(List<Machine> machines, int blocks, long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        double best = 0;
        for (int begin = 0; begin < BEGINS && !machines.isEmpty(); begin++) {
            best = Math.max(best, anneal(machines, blocks, random));
        }
        return best;
    }

    /** What no placement can exceed: all work spread evenly. */
    static double bound(List<Machine> machines, int blocks) {
        return machines.stream()
                        .mapToDouble(machine -> machine.throughput() * machine.blocks())
                        .sum()
                / blocks;
    }

    private static double anneal(List<Machine> machines, int blocks, RandomGenerator random) {
        double[] sums = new double[blocks];
        int[] starts = new int[machines.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = random.nextInt(blocks - machines.get(i).blocks() + 1);
            add(sums, starts[i], machines.get(i), 1);
        }
        double mean = Arrays.stream(sums).average().orElseThrow();
        double price = price(sums, mean);
        double best = 0;
        for (int step = 0; step < STEPS; step++) {
            double heat = 0.3 * (1 - (double) step / STEPS);
            int i = random.nextInt(starts.length);
            Machine machine = machines.get(i);
            int to = random.nextInt(blocks - machine.blocks() + 1);
            add(sums, starts[i], machine, -1);
            add(sums, to, machine, 1);
            double changed = price(sums, mean);
            if (changed < price || random.nextDouble() < Math.exp((price - changed) / (heat * price + 1e-12) * 20)) {
                starts[i] = to;
                price = changed;
                best = Math.max(best, Arrays.stream(sums).min().orElseThrow());
            } else {
                add(sums, to, machine, -1);
                add(sums, starts[i], machine, 1);
            }
        }
        return best;
    }

    private static void add(double[] sums, int start, Machine machine, int sign) {
        for (int block = start; block < start + machine.blocks(); block++) {
            sums[block] += sign * machine.throughput();
        }
    }

    private static double price(double[] sums, double mean) {
        double price = 0;
        for (double sum : sums) {
            double share = mean / Math.max(sum, 0.02 * mean);
            double square = share * share;
            double fourth = square * square;
            price += fourth * fourth * fourth;
        }
        return price;
    }
}
