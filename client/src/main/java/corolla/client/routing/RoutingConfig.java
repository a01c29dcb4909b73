package corolla.client.routing;

import corolla.p2p.PeerId;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.util.Set;

/**
 * How servers are found and judged. Defaults are those of stock Petals.
 *
 * @param updatePeriod how often the swarm is read anew while there is a router
 * @param updateTimeout how long reading it may take
 * @param viewAgeMax a route is never planned on an older view
 * @param pingTimeout how long a server may take to answer a ping
 * @param pingedMax servers pinged in one update
 * @param banTime how long a server is left alone after its first failure
 * @param allowedServers only these, if any are named
 * @param blockedServers never these
 */
@RecordBuilder
public record RoutingConfig(
        Duration updatePeriod,
        Duration updateTimeout,
        Duration viewAgeMax,
        Duration pingTimeout,
        int pingedMax,
        Duration banTime,
        Set<PeerId> allowedServers,
        Set<PeerId> blockedServers)
        implements RoutingConfigBuilder.With {

    public RoutingConfig {
        allowedServers = Set.copyOf(allowedServers);
        blockedServers = Set.copyOf(blockedServers);
        if (pingedMax < 0) {
            throw new IllegalArgumentException("pingedMax " + pingedMax + " is negative");
        }
    }

    public static RoutingConfig defaults() {
        return RoutingConfigBuilder.builder()
                .updatePeriod(Duration.ofMinutes(1))
                .updateTimeout(Duration.ofSeconds(30))
                .viewAgeMax(Duration.ofMinutes(3))
                .pingTimeout(Duration.ofSeconds(2))
                .pingedMax(12)
                .banTime(Duration.ofSeconds(15))
                .allowedServers(Set.of())
                .blockedServers(Set.of())
                .build();
    }

    boolean isUsable(PeerId peer) {
        return !blockedServers.contains(peer) && (allowedServers.isEmpty() || allowedServers.contains(peer));
    }
}
