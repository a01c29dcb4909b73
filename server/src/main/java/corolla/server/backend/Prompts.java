package corolla.server.backend;

import corolla.model.block.BlockHook;
import corolla.model.block.Worker;
import corolla.swarm.Span;
import corolla.tensor.Tensor;

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
        return (worker, block, hidden) -> add(
                worker,
                values.part(chainOffset + block - blocks.start()),
                hidden,
                new Place(batch, tokens, tokenOffset, changed));
    }

    private record Place(int batch, int tokens, int tokenOffset, int changed) {}

    /** The rows of a sequence that are changed follow each other, and so do those of its prompts. */
    private static void add(Worker worker, Tensor prompts, Tensor hidden, Place place) {
        boolean shared = prompts.shape().size(0) == 1;
        for (long sequence = 0; sequence < place.batch; sequence++) {
            Tensor added =
                    prompts.part(shared ? 0 : sequence).slice(place.tokenOffset, place.tokenOffset + place.changed);
            long row = sequence * place.tokens;
            worker.kernels().add(worker.me(), added, hidden.slice(row, row + place.changed));
        }
    }
}
