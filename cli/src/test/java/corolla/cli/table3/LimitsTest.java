package corolla.cli.table3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.cli.synthetic.ModelShape;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private static final ModelShape BLOOM = ModelShape.named("bloom-176b").orElseThrow();
    private static final NetworkSetting FAST = NetworkSetting.TABLE.getFirst();
    private static final NetworkSetting FAR = NetworkSetting.TABLE.getLast();

    /** Petals' footnote: 176 GB over 256 Gbit/s take 5.5 s. */
    @Test
    void offloadingIsAsSlowAsItsBus() {
        Limits limits = new Limits(BLOOM, 176e9, 2e12);
        assertThat(limits.offloaded(Cell.STEPS_128, 256e9)).isCloseTo(0.18, within(0.005));
        assertThat(limits.offloaded(Cell.STEPS_2048, 128e9)).isCloseTo(0.09, within(0.005));
    }

    @Test
    void stepsCrossOneLinkMoreThanThereAreServers() {
        Limits limits = new Limits(BLOOM.withBlocks(1), 0, Double.POSITIVE_INFINITY);
        double link = 0.05 + 14336 * 16 / 1e8;
        assertThat(limits.swarm(Cell.STEPS_128, 3, FAR)).isCloseTo(1 / (4 * link), within(1e-9));
        assertThat(limits.swarm(Cell.STEPS_128, 12, FAR)).isCloseTo(1 / (13 * link), within(1e-9));
    }

    @Test
    void memoryIsReadOnceAStep() {
        Limits limits = new Limits(BLOOM.withBlocks(10), 100e9, 50e9);
        double cache = 10.0 * 2048 * BLOOM.cacheBytesPerToken() / 50e9;
        assertThat(limits.local(Cell.STEPS_2048)).isCloseTo(1 / (2 + cache), within(1e-9));
        assertThat(limits.swarm(Cell.STEPS_2048, 3, FAST)).isLessThan(limits.local(Cell.STEPS_2048));
    }

    @Test
    void batchesPassTheClientsLinkOnceForEachServer() {
        Limits limits = new Limits(BLOOM, 0, Double.POSITIVE_INFINITY);
        double alone = 0.1 + 2 * 128 * 14336 * 16 / 1e8;
        assertThat(limits.swarm(Cell.FORWARD_1, 3, FAR)).isCloseTo(128 / (3 * alone), within(1e-6));
        double batch = 0.1 + 8192.0 * 14336 * 16 / 1e8;
        assertThat(limits.swarm(Cell.FORWARD_64, 3, FAR)).isCloseTo(8192 / (3 * batch), within(1e-6));
    }
}
