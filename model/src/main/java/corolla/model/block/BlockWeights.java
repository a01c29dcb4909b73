package corolla.model.block;

import corolla.model.family.AttentionConfig;
import corolla.model.family.Families;
import corolla.model.family.ModelConfig;
import corolla.model.family.TensorNames;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightReader;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;

/**
 * The weights of one block, H the hidden size, I the inner one. Immutable; owns its arena.
 *
 * @param attentionNorm (H)
 * @param queryKeyValue (querySize + 2 · keyValueSize, H)
 * @param attentionOutput (H, querySize)
 * @param feedForwardNorm (H)
 * @param gateUp (2 · I, H)
 * @param down (H, I)
 */
record BlockWeights(
        Arena arena,
        Tensor attentionNorm,
        Matrix queryKeyValue,
        Matrix attentionOutput,
        Tensor feedForwardNorm,
        Matrix gateUp,
        Matrix down)
        implements AutoCloseable {

    @SuppressWarnings("MustBeClosedChecker") // the weights own the arena
    static BlockWeights load(Checkpoint checkpoint, int block, WeightsType type, Kernels kernels) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return load(checkpoint, block, type, kernels, arena);
        } catch (IOException | RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    private static BlockWeights load(Checkpoint checkpoint, int block, WeightsType type, Kernels kernels, Arena arena)
            throws IOException {
        ModelConfig config = checkpoint.config();
        TensorNames names = Families.of(config.modelType()).tensors();
        String prefix = names.block(block);
        WeightReader reader = new WeightReader(checkpoint, arena, type);
        AttentionConfig attention = config.attention();
        long hidden = config.hiddenSize();
        long inner = config.feedForward().innerSize();
        Tensor query = reader.matrix(prefix + names.query() + ".weight", attention.querySize(), hidden);
        Tensor key = reader.matrix(prefix + names.key() + ".weight", attention.keyValueSize(), hidden);
        Tensor value = reader.matrix(prefix + names.value() + ".weight", attention.keyValueSize(), hidden);
        Tensor output = reader.matrix(prefix + names.attentionOutput() + ".weight", hidden, attention.querySize());
        Tensor gate = reader.matrix(prefix + names.gate() + ".weight", inner, hidden);
        Tensor up = reader.matrix(prefix + names.up() + ".weight", inner, hidden);
        Tensor down = reader.matrix(prefix + names.down() + ".weight", hidden, inner);
        return new BlockWeights(
                arena,
                reader.vector(prefix + names.attentionNorm() + ".weight", hidden),
                kernels.matrix(arena, query, key, value),
                kernels.matrix(arena, output),
                reader.vector(prefix + names.feedForwardNorm() + ".weight", hidden),
                kernels.matrix(arena, gate, up),
                kernels.matrix(arena, down));
    }

    /** Memory that one pass over the matrices reads. */
    long bytes() {
        return queryKeyValue.bytes() + attentionOutput.bytes() + gateUp.bytes() + down.bytes();
    }

    @Override
    public void close() {
        arena.close();
    }
}
