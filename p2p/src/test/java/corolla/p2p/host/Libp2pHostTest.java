package corolla.p2p.host;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.p2p.identity.Identity;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The contract on real sockets. */
@Timeout(60)
class Libp2pHostTest extends HostContract {
    private static final String LOOPBACK = "/ip4/127.0.0.1/tcp/0";

    @Override
    void inWorld(Story story) throws Exception {
        try (RealEnvironment real = RealEnvironment.create(1)) {
            story.tell(new World(real.environment(), LOOPBACK, real.environment(), LOOPBACK));
        }
    }

    @Test
    void wildcardsOfBothFamiliesShareOnePort() throws Exception {
        try (RealEnvironment real = RealEnvironment.create(1)) {
            Environment environment = real.environment();
            var identity = Identity.generateEd25519(environment.randoms());
            var config = HostConfig.listening(
                    identity, Multiaddr.parse("/ip4/0.0.0.0/tcp/0"), Multiaddr.parse("/ip6/::/tcp/0"));
            try (Libp2pHost server = Libp2pHost.start(environment, config);
                    Libp2pHost client = World.start(environment, LOOPBACK)) {
                int port = server.endpoints().getFirst().port();
                assertThat(server.endpoints()).hasSize(1);
                assertThat(server.addresses())
                        .allMatch(address -> address.toString().contains("/tcp/" + port + "/"));
                boolean hasIp6 = environment.transport().localAddresses().stream()
                        .anyMatch(address -> address.indexOf(':') >= 0);
                List<String> hosts = hasIp6 ? List.of("/ip4/127.0.0.1", "/ip6/::1") : List.of("/ip4/127.0.0.1");
                for (String host : hosts) {
                    Multiaddr address = Multiaddr.parse(host + "/tcp/" + port);
                    assertThat(client.connect(address, Deadline.after(environment.clock(), Duration.ofSeconds(20))))
                            .isEqualTo(server.peerId());
                }
            }
        }
    }
}
