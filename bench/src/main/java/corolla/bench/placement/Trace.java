package corolla.bench.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Which machines come when, and for how long: thirty in the first minutes, then an hour in which arrivals are a Poisson process that keeps
 * about as many, and lives are exponential, then quiet. Speeds and sizes are spread evenly over orders of magnitude. Immutable; the same seed
 * gives the same trace.
 *
 * @param machines in the order of their arrival
 */
record Trace(List<Machine> machines) {
    /** Of the model: those of a Llama 65B are 80, of a 70-block model 70. */
    static final int BLOCKS = 70;

    static final double CHURN_BEGINS = 600;
    static final double CHURN_ENDS = 4200;
    static final double ENDS = 5100;
    private static final int MACHINES = 30;
    private static final int BLOCKS_MIN = 4;
    private static final int BLOCKS_MAX = 24;
    private static final double SPEED_MIN = 1;
    private static final double SPEED_MAX = 10;
    private static final double FIRST_ARRIVALS = 120;

    /** @param meanLife seconds that a machine stays on average, as long as there is churn */
    static Trace random(long seed, double meanLife) {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var machines = new ArrayList<Machine>();
        for (int i = 0; i < MACHINES; i++) {
            double arrives = FIRST_ARRIVALS * i / MACHINES;
            machines.add(machine(random, machines.size(), arrives, CHURN_BEGINS, meanLife));
        }
        double at = CHURN_BEGINS;
        while (true) {
            at += exponential(random, meanLife / MACHINES);
            if (at >= CHURN_ENDS) {
                return new Trace(List.copyOf(machines));
            }
            machines.add(machine(random, machines.size(), at, at, meanLife));
        }
    }

    private static Machine machine(RandomGenerator random, int index, double arrives, double from, double meanLife) {
        int blocks = (int) Math.round(between(random, BLOCKS_MIN, BLOCKS_MAX));
        double throughput = between(random, SPEED_MIN, SPEED_MAX);
        double leaves = from + exponential(random, meanLife);
        String name = String.format(Locale.ROOT, "m%04d", index);
        return new Machine(
                name,
                blocks,
                throughput,
                arrives,
                leaves < CHURN_ENDS ? leaves : Double.POSITIVE_INFINITY,
                random.nextBoolean());
    }

    /** Evenly in the logarithm. */
    private static double between(RandomGenerator random, double min, double max) {
        return min * Math.pow(max / min, random.nextDouble());
    }

    private static double exponential(RandomGenerator random, double mean) {
        return -mean * Math.log(1 - random.nextDouble());
    }
}
