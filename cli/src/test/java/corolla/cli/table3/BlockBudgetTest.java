package corolla.cli.table3;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.Weights;
import corolla.cli.table3.BlockBudget.Room;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BlockBudgetTest {
    private static final long GB = 1_000_000_000;
    private static final ModelShape LLAMA = ModelShape.named("llama-1b").orElseThrow();
    private static final ModelShape BLOOM = ModelShape.named("bloom-176b").orElseThrow();

    @Test
    void aModelThatFitsIsHeldWhole() {
        BlockBudget plan = BlockBudget.of(LLAMA, Weights.AUTO, host(16), 3, 2560);
        assertThat(plan.isWhole()).isTrue();
        assertThat(plan.refusal(3)).isEmpty();
        assertThat(plan.copiesOf(6)).isEqualTo(6);
    }

    @Test
    void ofALargerOneSomeBlocksAreVisitedInTurn() {
        BlockBudget plan = BlockBudget.of(BLOOM, Weights.INT8, host(80), 3, 2560);
        assertThat(plan.isWhole()).isFalse();
        assertThat(plan.copies()).isBetween(10, 30);
        assertThat(3 * plan.copiesOf(23)).isLessThanOrEqualTo(plan.copies());
        assertThat(plan.refusal(3)).isEmpty();
    }

    @Test
    void lessThanABlockForEachServerIsRefusedWithFigures() {
        BlockBudget plan = BlockBudget.of(BLOOM, Weights.AUTO, host(24), 3, 2560);
        assertThat(plan.refusal(3))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("bloom-176b does not fit", "a block takes 4.93 GB", "3 servers", "--shape"));
    }

    @Test
    void noServerIsWithoutABlock() {
        BlockBudget plan = BlockBudget.of(LLAMA.withBlocks(4), Weights.AUTO, host(16), 12, 2560);
        assertThat(plan.refusal(12)).contains("4 blocks are too few for 12 servers");
    }

    @Test
    void quantisedBlocksAreSmaller() {
        int plain = BlockBudget.of(BLOOM, Weights.AUTO, host(80), 3, 2560).copies();
        int eight = BlockBudget.of(BLOOM, Weights.INT8, host(80), 3, 2560).copies();
        int four = BlockBudget.of(BLOOM, Weights.NF4, host(80), 3, 2560).copies();
        assertThat(plain).isLessThan(eight);
        assertThat(eight).isLessThan(four);
    }

    @Test
    void aDeviceHoldsTheBlocksWhateverTheHostHas() {
        BlockBudget plan = BlockBudget.of(BLOOM, Weights.INT8, new Room(16 * GB, OptionalLong.of(80 * GB)), 3, 2560);
        assertThat(plan.copies()).isBetween(12, 20);
        BlockBudget crowded =
                BlockBudget.of(BLOOM, Weights.INT8, new Room(16 * GB, OptionalLong.of(80 * GB)), 12, 2560);
        assertThat(crowded.copies()).as("each process takes its share").isLessThan(plan.copies());
        BlockBudget small = BlockBudget.of(BLOOM, Weights.INT8, new Room(500 * GB, OptionalLong.of(24 * GB)), 3, 2560);
        assertThat(small.refusal(3)).isPresent();
    }

    private static Room host(long gigabytes) {
        return new Room(gigabytes * GB, OptionalLong.empty());
    }
}
