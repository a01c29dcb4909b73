package corolla.p2p.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.multiformat.Multiaddr;
import corolla.p2p.testing.SimulatedPeer;
import corolla.testkit.SimulatedWorld;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Addresses with names in them. */
class NamesTest {
    private static final String NOBODY = "10.9.9.9";

    private static Multiaddr address(String kind, SimulatedPeer peer) {
        return Multiaddr.parse("/" + kind + "/bootstrap.example/tcp/4001")
                .withPeer(peer.id().bytes());
    }

    @Test
    void allAddressesOfANameAreTried() {
        SimulatedWorld.run(1, world -> {
            SimulatedPeer server = SimulatedPeer.start(world, "server");
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            world.network()
                    .setName(
                            "bootstrap.example",
                            List.of(NOBODY, NOBODY, server.node().host()));
            for (String kind : List.of("dns", "dns4")) {
                assertThat(client.host().connect(address(kind, server), world.within(Duration.ofSeconds(20))))
                        .isEqualTo(server.id());
                client.host().disconnect(server.id());
                world.clock().sleep(Duration.ofSeconds(1));
            }
        });
    }

    @Test
    void nameIsResolvedAnewForEachDial() {
        SimulatedWorld.run(2, world -> {
            SimulatedPeer server = SimulatedPeer.start(world, "server");
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            world.network().setName("bootstrap.example", List.of(NOBODY));
            assertThatThrownBy(
                            () -> client.host().connect(address("dns4", server), world.within(Duration.ofSeconds(20))))
                    .hasMessageContaining("1 addresses of 'bootstrap.example'")
                    .hasMessageContaining(NOBODY);
            world.network().setName("bootstrap.example", List.of(server.node().host()));
            client.host().connect(address("dns4", server), world.within(Duration.ofSeconds(20)));
        });
    }

    @Test
    void familyAskedForIsHonoured() {
        SimulatedWorld.run(3, world -> {
            SimulatedPeer server = SimulatedPeer.start(world, "server");
            SimulatedPeer client = SimulatedPeer.start(world, "client");
            world.network()
                    .setName(
                            "bootstrap.example",
                            List.of("2001:db8::7", server.node().host()));
            assertThatThrownBy(
                            () -> client.host().connect(address("dns6", server), world.within(Duration.ofSeconds(20))))
                    .hasMessageContaining("2001:db8::7");
            world.network().setName("bootstrap.example", List.of("2001:db8::7"));
            assertThatThrownBy(
                            () -> client.host().connect(address("dns4", server), world.within(Duration.ofSeconds(20))))
                    .hasMessageContaining("no address of the kind");
        });
    }
}
