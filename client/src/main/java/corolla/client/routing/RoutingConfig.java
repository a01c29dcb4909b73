package corolla.client.routing;

import corolla.p2p.PeerId;
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
public record RoutingConfig(
        Duration updatePeriod,
        Duration updateTimeout,
        Duration viewAgeMax,
        Duration pingTimeout,
        int pingedMax,
        Duration banTime,
        Set<PeerId> allowedServers,
        Set<PeerId> blockedServers) {

    public RoutingConfig {
        allowedServers = Set.copyOf(allowedServers);
        blockedServers = Set.copyOf(blockedServers);
        if (pingedMax < 0) {
            throw new IllegalArgumentException("pingedMax " + pingedMax + " is negative");
        }
    }

    public static RoutingConfig defaults() {
        return new RoutingConfig(
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                Duration.ofMinutes(3),
                Duration.ofSeconds(2),
                12,
                Duration.ofSeconds(15),
                Set.of(),
                Set.of());
    }

    /** The same with another number of servers pinged in one update. */
    public RoutingConfig withPingedMax(int count) {
        return new RoutingConfig(
                updatePeriod, updateTimeout, viewAgeMax, pingTimeout, count, banTime, allowedServers, blockedServers);
    }

    boolean isUsable(PeerId peer) {
        return !blockedServers.contains(peer) && (allowedServers.isEmpty() || allowedServers.contains(peer));
    }
}
