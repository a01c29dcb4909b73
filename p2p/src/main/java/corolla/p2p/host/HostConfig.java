package corolla.p2p.host;

import corolla.base.multiformat.Multiaddr;
import corolla.p2p.P2pLimits;
import corolla.p2p.identity.Identity;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;

/**
 * How a host is started. Immutable.
 *
 * @param identity who we are
 * @param listen where to listen: {@code /ip4/…/tcp/…} or {@code /ip6/…/tcp/…}, port 0 picks one; empty for a host that only dials
 * @param announce when not empty, the addresses told to others instead of the ones we listen on
 * @param limits see there
 * @param agentVersion free text that identify tells
 */
@RecordBuilder
public record HostConfig(
        Identity identity, List<Multiaddr> listen, List<Multiaddr> announce, P2pLimits limits, String agentVersion)
        implements HostConfigBuilder.With {
    public HostConfig {
        listen = List.copyOf(listen);
        announce = List.copyOf(announce);
    }

    /** Listens on the given addresses, with default limits. */
    public static HostConfig listening(Identity identity, Multiaddr... listen) {
        return HostConfigBuilder.builder()
                .identity(identity)
                .listen(List.of(listen))
                .announce(List.of())
                .limits(P2pLimits.defaults())
                .agentVersion("corolla")
                .build();
    }
}
