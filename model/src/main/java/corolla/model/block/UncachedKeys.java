package corolla.model.block;

import corolla.model.family.ModelConfig;
import corolla.tensor.AttentionHeads.Values;
import corolla.tensor.AttentionLayer;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of parts without a cache: those of one block, overwritten by the next, which may see the memory in another
 * shape. Owns its memory.
 */
final class UncachedKeys implements AutoCloseable {
    private final @Nullable Arena arena;
    private final Tensor[][] keys; // [part][sequence] (tokens, keyValues), empty for parts with a cache
    private final Tensor[][] values;

    @SuppressWarnings("MustBeClosedChecker") // closed with this
    UncachedKeys(KernelMemory memory, ModelConfig config, List<Part> parts) {
        int width = BlockSizes.of(config).keyValues();
        this.arena = parts.stream().anyMatch(part -> part.cache() == null) ? Arena.ofShared() : null;
        this.keys = new Tensor[parts.size()][];
        this.values = new Tensor[parts.size()][];
        try {
            for (int i = 0; i < parts.size(); i++) {
                keys[i] = sequences(memory, width, parts.get(i));
                values[i] = sequences(memory, width, parts.get(i));
            }
        } catch (RuntimeException | Error failed) {
            close();
            throw failed;
        }
    }

    /** (kvHeads, tokens, keySize). */
    Tensor keys(AttentionLayer layer, int part, int sequence) {
        return shaped(layer.kvHeads(), layer.layout().keySize(), keys[part][sequence]);
    }

    /** (kvHeads, tokens, valueSize); the keys where they hold values. */
    Tensor values(AttentionLayer layer, int part, int sequence) {
        return layer.layout().values() == Values.IN_KEYS
                ? keys(layer, part, sequence)
                : shaped(layer.kvHeads(), layer.layout().valueSize(), values[part][sequence]);
    }

    private static Tensor shaped(int heads, int size, Tensor memory) {
        long tokens = memory.rows();
        return BlockSizes.view(memory, heads * tokens, size).reshape(heads, tokens, size);
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }

    private Tensor[] sequences(KernelMemory memory, int width, Part part) {
        if (part.cache() != null || arena == null) {
            return new Tensor[0];
        }
        Tensor all = memory.allocate(arena, DType.F32, part.batch(), part.tokens(), width);
        Tensor[] sequences = new Tensor[part.batch()];
        Arrays.setAll(sequences, all::part);
        return sequences;
    }
}
