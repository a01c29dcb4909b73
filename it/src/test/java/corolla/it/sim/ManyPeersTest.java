package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.testkit.SimulatedWorld;
import corolla.testkit.SimulationOptions;
import corolla.testkit.crypto.CheapCrypto;
import org.junit.jupiter.api.Test;

/** The swarm of {@link ManyPeers}, small enough for a build. */
class ManyPeersTest {
    @Test
    void everyReadFindsTheRecord() {
        PeersTally[] tally = new PeersTally[1];
        try (CheapCrypto _ = CheapCrypto.install()) {
            SimulatedWorld.run(
                    1, SimulationOptions.defaults(), world -> tally[0] = PeersLife.live(world, 40, 3, _ -> {}));
        }
        assertThat(tally[0].reads()).as(tally[0].summary()).isPositive();
        assertThat(tally[0].readsFailed()).as(tally[0].summary()).isZero();
    }
}
