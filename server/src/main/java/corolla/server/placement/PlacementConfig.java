package corolla.server.placement;

import java.time.Duration;

/**
 * The rhythm of a server's choices. Immutable; start from {@link #defaults}.
 *
 * @param selectionMean mean of the random pause before a choice, so that servers that begin together, or see the same gap together, do not
 *     choose together; zero for none
 * @param balancePeriod mean of the random time from one look at the balance to the next
 * @param holePeriod mean time between two looks for blocks without a server, and for signs of life of servers that are a block's only one
 * @param settle from a claim to the look whether somebody else has claimed the same: the DHT must have told everybody
 * @param absence how long a server may be silent before it counts as gone; until then it is asked again and again
 * @param drainMax what sessions get to leave before a move
 * @param urgentDrainMax the same before a move to blocks that have no server: whoever waits for those may be among them, and cannot leave
 * @param rest after a move, before the next that is not urgent
 * @param sameReason how long one reason for a move is remembered
 * @param pingsMax servers asked for a sign of life in one look
 * @param settings how much gain is worth a move
 */
public record PlacementConfig(
        Duration selectionMean,
        Duration balancePeriod,
        Duration holePeriod,
        Duration settle,
        Duration absence,
        Duration drainMax,
        Duration urgentDrainMax,
        Duration rest,
        Duration sameReason,
        int pingsMax,
        MovePlanner.Settings settings) {

    public static PlacementConfig defaults() {
        return new PlacementConfig(
                Duration.ofMillis(2500),
                Duration.ofSeconds(30),
                Duration.ofSeconds(15),
                Duration.ofSeconds(3),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(2),
                Duration.ofMinutes(2),
                Duration.ofMinutes(30),
                32,
                MovePlanner.Settings.defaults());
    }

    /** The same without a pause before the first choice. */
    public PlacementConfig withSelectionMean(Duration mean) {
        return new PlacementConfig(
                mean,
                balancePeriod,
                holePeriod,
                settle,
                absence,
                drainMax,
                urgentDrainMax,
                rest,
                sameReason,
                pingsMax,
                settings);
    }

    /** The same with another time for sessions to leave before a move. */
    public PlacementConfig withDrainMax(Duration time) {
        return new PlacementConfig(
                selectionMean,
                balancePeriod,
                holePeriod,
                settle,
                absence,
                time,
                urgentDrainMax,
                rest,
                sameReason,
                pingsMax,
                settings);
    }

    /** The same with another mean time between looks at the balance. */
    public PlacementConfig withBalancePeriod(Duration mean) {
        return new PlacementConfig(
                selectionMean,
                mean,
                holePeriod,
                settle,
                absence,
                drainMax,
                urgentDrainMax,
                rest,
                sameReason,
                pingsMax,
                settings);
    }
}
