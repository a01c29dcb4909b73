package corolla.server.backend;

import corolla.base.compute.Member;
import corolla.model.block.BlockHook;
import corolla.swarm.Span;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Deep prompts: what is added to the first tokens of the hidden state on its way into each block of a chain. Borrows its
 * values. Immutable.
 *
 * @param values (blocks, batch or 1, promptTokens, hiddenSize) f32
 */
public record Prompts(Tensor values) {

    /** Tokens at the beginning of a request that are changed. */
    public long tokens() {
        return values.shape().size(2);
    }

    /**
     * The additions for a part of a request.
     *
     * @param chainOffset place of the first of {@code blocks} in the chain
     * @param batch sequences of the rows
     * @param tokens tokens of each sequence in these rows
     * @param tokenOffset place of the first of these tokens in the request
     */
    BlockHook hook(int chainOffset, Span blocks, int batch, int tokens, int tokenOffset) {
        int changed = Math.clamp(tokens() - tokenOffset, 0, tokens);
        if (changed == 0) {
            return BlockHook.NONE;
        }
        return (me, block, hidden) -> add(
                me,
                values.part(chainOffset + block - blocks.start()),
                hidden,
                new Place(batch, tokens, tokenOffset, changed));
    }

    private record Place(int batch, int tokens, int tokenOffset, int changed) {}

    /** Each member takes some of the changed rows. */
    private static void add(Member me, Tensor prompts, Tensor hidden, Place place) {
        long rows = (long) place.batch * place.changed;
        long promptTokens = prompts.shape().size(1);
        boolean shared = prompts.shape().size(0) == 1;
        for (long i = me.shareStart(rows, 1); i < me.shareEnd(rows, 1); i++) {
            long sequence = i / place.changed;
            long token = i % place.changed;
            long from = (shared ? 0 : sequence) * promptTokens + place.tokenOffset + token;
            addRow(prompts.data(), from, hidden.data(), sequence * place.tokens + token, hidden.columns());
        }
    }

    private static void addRow(MemorySegment from, long fromRow, MemorySegment to, long toRow, long columns) {
        for (long i = 0; i < columns; i++) {
            float sum = to.getAtIndex(Tensor.FLOAT, toRow * columns + i)
                    + from.getAtIndex(Tensor.FLOAT, fromRow * columns + i);
            to.setAtIndex(Tensor.FLOAT, toRow * columns + i, sum);
        }
    }
}
