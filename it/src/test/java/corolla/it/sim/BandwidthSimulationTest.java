package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.Environment;
import corolla.base.transport.CappedTransport;
import corolla.swarm.bandwidth.BandwidthProbe;
import corolla.swarm.bandwidth.BandwidthService;
import corolla.testkit.SimulatedWorld;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node measures its network with others, in virtual time. */
class BandwidthSimulationTest {
    private static final double CAP = 8_000_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatIsMeasuredIsWhatTheNetworkCarries(long seed) {
        SimulatedWorld.run(seed, world -> {
            SwarmNode helper = SwarmNode.start(world.node("helper").environment(), List.of());
            SwarmNode stranger = SwarmNode.start(world.node("stranger").environment(), helper.addresses());
            BandwidthService.start(helper.rpc(), world.clock());
            Environment environment = world.node("server").environment();
            Environment slow =
                    environment.withTransport(new CappedTransport(environment.transport(), environment.clock(), CAP));
            SwarmNode server = SwarmNode.start(slow, helper.addresses());
            var probe = new BandwidthProbe(server.rpc(), environment.clock());
            assertThat(probe.bitsPerSecond(List.of(stranger.host().peerId())))
                    .as("who does not know the call is no help")
                    .isEqualTo(OptionalDouble.empty());
            OptionalDouble measured = probe.bitsPerSecond(
                    List.of(stranger.host().peerId(), helper.host().peerId()));
            assertThat(measured.orElseThrow()).isBetween(0.85 * CAP, 1.1 * CAP);
            assertThat(probe.bitsPerSecond(List.of(helper.host().peerId())))
                    .as("not again at once")
                    .isEqualTo(OptionalDouble.empty());
            world.clock().sleep(Duration.ofMinutes(1));
            assertThat(probe.bitsPerSecond(List.of(helper.host().peerId()))).isNotEqualTo(OptionalDouble.empty());
        });
    }
}
