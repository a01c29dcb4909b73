package corolla.testkit;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How a world is.
 *
 * @param network its network at the beginning
 * @param timeMax virtual time after which a run that has not ended fails
 * @param bodyTimeMax a body of a team takes up to this, at random
 * @param watchdogPeriod real time without a step after which stacks are printed
 * @param interruptionsMax how often what still runs after the story is interrupted, a second apart, before the run fails
 */
public record SimulationOptions(
        NetworkConditions network,
        Duration timeMax,
        Duration bodyTimeMax,
        Duration watchdogPeriod,
        int interruptionsMax) {
    private static final long[] GRAINS = {10_000, 100_000, 1_000_000};

    public static SimulationOptions defaults() {
        return new SimulationOptions(
                NetworkConditions.internet(), Duration.ofDays(2), Duration.ofMillis(1), Duration.ofSeconds(20), 10);
    }

    public SimulationOptions withNetwork(NetworkConditions conditions) {
        return new SimulationOptions(conditions, timeMax, bodyTimeMax, watchdogPeriod, interruptionsMax);
    }

    public SimulationOptions withTimeMax(Duration time) {
        return new SimulationOptions(network, time, bodyTimeMax, watchdogPeriod, interruptionsMax);
    }

    /** Coarse alarms coincide and leave the order to the draw, fine ones do not: both find bugs. */
    static long grainNanos(RandomGenerator random) {
        return GRAINS[random.nextInt(GRAINS.length)];
    }
}
