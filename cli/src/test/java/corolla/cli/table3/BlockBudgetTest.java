package corolla.cli.table3;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlockBudgetTest {
    private static final long GB = 1_000_000_000;
    private static final ModelShape LLAMA = ModelShape.named("llama-1b").orElseThrow();
    private static final ModelShape BLOOM = ModelShape.named("bloom-176b").orElseThrow();

    @Test
    void aModelThatFitsIsHeldWhole() {
        BlockBudget plan = BlockBudget.of(LLAMA, Weights.AUTO, 16 * GB, 6);
        assertThat(plan.isWhole()).isTrue();
        assertThat(plan.refusal(3)).isEmpty();
        assertThat(plan.copiesOf(6)).isEqualTo(6);
    }

    @Test
    void ofALargerOneSomeBlocksAreVisitedInTurn() {
        BlockBudget plan = BlockBudget.of(BLOOM, Weights.INT8, 80 * GB, 6);
        assertThat(plan.isWhole()).isFalse();
        assertThat(plan.copies()).isBetween(10, 30);
        assertThat(3 * plan.copiesOf(23)).isLessThanOrEqualTo(plan.copies());
        assertThat(plan.refusal(3)).isEmpty();
    }

    @Test
    void lessThanABlockForEachServerIsRefusedWithFigures() {
        BlockBudget plan = BlockBudget.of(BLOOM, Weights.AUTO, 24 * GB, 6);
        assertThat(plan.refusal(3))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("bloom-176b does not fit", "a block takes 4.93 GB", "3 servers", "--shape"));
    }

    @Test
    void noServerIsWithoutABlock() {
        BlockBudget plan = BlockBudget.of(LLAMA.withBlocks(4), Weights.AUTO, 16 * GB, 15);
        assertThat(plan.refusal(12)).contains("4 blocks are too few for 12 servers");
    }

    @Test
    void quantisedBlocksAreSmaller() {
        int plain = BlockBudget.of(BLOOM, Weights.AUTO, 80 * GB, 6).copies();
        int eight = BlockBudget.of(BLOOM, Weights.INT8, 80 * GB, 6).copies();
        int four = BlockBudget.of(BLOOM, Weights.NF4, 80 * GB, 6).copies();
        assertThat(plain).isLessThan(eight);
        assertThat(eight).isLessThan(four);
    }
}
