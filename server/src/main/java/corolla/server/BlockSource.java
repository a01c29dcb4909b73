package corolla.server;

import corolla.model.block.BlockStack;
import corolla.model.family.ModelConfig;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.Quantisation;
import corolla.model.weights.WeightsType;
import corolla.swarm.Span;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import java.io.IOException;

/** Where a server gets its blocks from, once it knows which it serves. */
public interface BlockSource {

    ModelConfig config();

    /** How hidden states travel: the type of the weights, f32 for quantised ones. One of f32, bf16 and f16. */
    DType wireType();

    /** What the blocks' matrices are turned into; told to the swarm. */
    default Quantisation quantisation() {
        return Quantisation.NONE;
    }

    /** Where the blocks compute. */
    default KernelMemory memory() {
        return KernelMemory.host();
    }

    /** Loads blocks; the caller owns them. */
    BlockStack load(Span span) throws IOException, InterruptedException;

    /** All blocks that are in use now; what {@link #load} has fetched besides is not needed any more. */
    default void keep(Span span) throws IOException, InterruptedException {}

    /** Blocks of a checkpoint on this machine; all is borrowed. */
    static BlockSource of(Checkpoint checkpoint, WeightsType weights, Kernels kernels) {
        return of(checkpoint, BlockFormat.of(weights), kernels);
    }

    /** The same with blocks that may be quantised while loading. */
    static BlockSource of(Checkpoint checkpoint, BlockFormat format, Kernels kernels) {
        return new BlockSource() {
            @Override
            public ModelConfig config() {
                return checkpoint.config();
            }

            @Override
            public DType wireType() {
                return BlockSource.wireType(checkpoint.config(), format.type());
            }

            @Override
            public Quantisation quantisation() {
                return format.quantisation();
            }

            @Override
            public KernelMemory memory() {
                return kernels.memory();
            }

            @Override
            public BlockStack load(Span span) throws IOException {
                return BlockStack.load(checkpoint, span.start(), span.end(), format, kernels);
            }
        };
    }

    /** The wire type of a model whose weights are kept as {@code weights}. */
    static DType wireType(ModelConfig config, WeightsType weights) {
        DType type = weights.of(config.storedType());
        return type == DType.BF16 || type == DType.F16 ? type : DType.F32;
    }
}
