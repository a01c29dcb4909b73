package corolla.server.placement;

import io.soabase.recordbuilder.core.RecordBuilder;
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
@RecordBuilder
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
        MovePlanner.Settings settings)
        implements PlacementConfigBuilder.With {

    public static PlacementConfig defaults() {
        return PlacementConfigBuilder.builder()
                .selectionMean(Duration.ofMillis(2500))
                .balancePeriod(Duration.ofSeconds(30))
                .holePeriod(Duration.ofSeconds(15))
                .settle(Duration.ofSeconds(3))
                .absence(Duration.ofSeconds(10))
                .drainMax(Duration.ofSeconds(60))
                .urgentDrainMax(Duration.ofSeconds(2))
                .rest(Duration.ofMinutes(2))
                .sameReason(Duration.ofMinutes(30))
                .pingsMax(32)
                .settings(MovePlanner.Settings.defaults())
                .build();
    }
}
