package corolla.testkit;

import java.time.Duration;

/**
 * How the simulated network behaves between two different hosts.
 *
 * @param delayMin shortest one-way delay of a pair of hosts; each pair has its own, drawn once
 * @param delayMax longest one-way delay of a pair of hosts
 * @param jitterMax what is added to each packet at random
 * @param lateProbability share of packets that are lost once and come later, as TCP repeats them
 * @param lateBy how much later
 * @param bytesPerSecond of each direction of each connection
 */
public record NetworkConditions(
        Duration delayMin,
        Duration delayMax,
        Duration jitterMax,
        double lateProbability,
        Duration lateBy,
        long bytesPerSecond) {
    public NetworkConditions {
        if (delayMin.isNegative() || delayMin.compareTo(delayMax) > 0 || bytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "delay from " + delayMin + " to " + delayMax + ", " + bytesPerSecond + " B/s");
        }
    }

    /** Machines at home, all over a continent. */
    public static NetworkConditions internet() {
        return new NetworkConditions(
                Duration.ofMillis(2),
                Duration.ofMillis(60),
                Duration.ofMillis(8),
                0.01,
                Duration.ofMillis(200),
                10_000_000);
    }

    /** Machines in one room. */
    public static NetworkConditions localNetwork() {
        return new NetworkConditions(
                Duration.ofNanos(50_000),
                Duration.ofNanos(300_000),
                Duration.ofNanos(50_000),
                0,
                Duration.ZERO,
                1_000_000_000);
    }

    /** No delay beyond the alarms' grain, nothing late. */
    public static NetworkConditions perfect() {
        return new NetworkConditions(Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, Duration.ZERO, 1_000_000_000_000L);
    }
}
