package corolla.model.block;

import corolla.model.family.AttentionConfig;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of parts without a cache: those of one block, overwritten by the next. Owns its memory.
 */
final class UncachedKeys implements AutoCloseable {
    private final @Nullable Arena arena;
    private final Tensor[][] keys; // [part][sequence] (keyValueHeads, tokens, headSize), empty for parts with a cache
    private final Tensor[][] values;

    @SuppressWarnings("MustBeClosedChecker") // closed with this
    UncachedKeys(AttentionConfig attention, List<Part> parts) {
        this.arena = parts.stream().anyMatch(part -> part.cache() == null) ? Arena.ofShared() : null;
        this.keys = new Tensor[parts.size()][];
        this.values = new Tensor[parts.size()][];
        for (int i = 0; i < parts.size(); i++) {
            keys[i] = sequences(attention, parts.get(i));
            values[i] = sequences(attention, parts.get(i));
        }
    }

    Tensor keys(int part, int sequence) {
        return keys[part][sequence];
    }

    Tensor values(int part, int sequence) {
        return values[part][sequence];
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }

    private Tensor[] sequences(AttentionConfig attention, Part part) {
        if (part.cache() != null || arena == null) {
            return new Tensor[0];
        }
        Tensor[] sequences = new Tensor[part.batch()];
        for (int i = 0; i < sequences.length; i++) {
            sequences[i] =
                    Tensor.allocate(arena, DType.F32, attention.keyValueHeads(), part.tokens(), attention.headSize());
        }
        return sequences;
    }
}
