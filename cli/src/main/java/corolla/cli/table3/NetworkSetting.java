package corolla.cli.table3;

import java.time.Duration;
import java.util.List;

/**
 * What links between any two machines carry.
 *
 * @param name as in Table 3
 * @param bitsPerSecond of each node; infinite where nothing limits it
 * @param roundTrip what is added to the way there and back
 */
public record NetworkSetting(String name, double bitsPerSecond, Duration roundTrip) {
    private static final double GIGABIT = 1e9;

    /** Table 3's. Where it says less than 5 ms, nothing is added. */
    public static final List<NetworkSetting> TABLE = List.of(
            new NetworkSetting("1 Gbit/s, < 5 ms", GIGABIT, Duration.ZERO),
            new NetworkSetting("100 Mbit/s, < 5 ms", GIGABIT / 10, Duration.ZERO),
            new NetworkSetting("100 Mbit/s, 100 ms", GIGABIT / 10, Duration.ofMillis(100)));

    /** This machine's loopback device. */
    public static final NetworkSetting LOOPBACK =
            new NetworkSetting("loopback, no limit", Double.POSITIVE_INFINITY, Duration.ZERO);

    public NetworkSetting {
        if (!(bitsPerSecond > 0) || roundTrip.isNegative()) {
            throw new IllegalArgumentException("a link of " + bitsPerSecond + " bit/s and " + roundTrip);
        }
    }

    /** Half of the round trip. */
    public Duration oneWay() {
        return roundTrip.dividedBy(2);
    }

    /** Seconds that so many bytes take to leave. */
    double seconds(double bytes) {
        return bytes * Byte.SIZE / bitsPerSecond;
    }
}
