package corolla.model.block;

import corolla.model.family.AlibiConfig;
import corolla.model.family.AttentionConfig;
import corolla.model.family.RopeConfig;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionLayer;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attention part of one block with its weights. Immutable. n rows, H the hidden size. {@code space} is memory of (n, {@link
 * AttentionConfig#latentSize}), kept from {@link #attend} to what follows.
 */
sealed interface AttentionPart permits HeadAttention, LatentAttention {

    AttentionConfig config();

    /** Norms of single heads, or null. */
    default @Nullable HeadNorms norms() {
        return null;
    }

    /** f32 (heads), or null. */
    default @Nullable Tensor sinks() {
        return null;
    }

    /** What kernels need to know, with tables for {@code positions} positions. */
    default AttentionLayer layer(PositionTables tables, int positions) {
        AttentionConfig config = config();
        int window = config.window() == 0 ? AttentionLayer.NO_WINDOW : config.window();
        AttentionLayer layer = AttentionLayer.of(config.layout(), config.scale())
                .withWindow(window)
                .withNorms(norms())
                .withSinks(sinks());
        return switch (config.positions()) {
            case RopeConfig rope -> layer.withRope(tables.rope(rope, positions));
            case AlibiConfig alibi -> layer.withBiases(tables.biases(config, alibi, positions));
        };
    }

    /**
     * From normed hidden state to {@code call.out()}; ends at a barrier.
     *
     * @param normed (n, H)
     * @param call its {@code qkv} is overwritten, its caches take the new keys and values
     * @param unnormed as {@code call.qkv()}: gets queries, keys and values as they are before head norms; null where nobody
     *     asks
     */
    void attend(Worker worker, Tensor normed, AttentionCall call, @Nullable Tensor unnormed, Tensor space);

    /** out = what the part makes of {@code call.out()}, or out += with {@code add}; (n, H). Does not end at a barrier. */
    void output(Worker worker, AttentionCall call, Tensor space, Tensor out, boolean add);

    /** From the gradient of what {@link #output} made to {@code call.dOut()}; ends at a barrier. */
    void outputBackward(Worker worker, Tensor dOutput, AttentionBackwardCall call, Tensor space);

    /** From the gradient of {@code call.forward().out()} to that of the normed hidden state; ends at a barrier. */
    void backward(Worker worker, AttentionBackwardCall call, Tensor space, Tensor dNormed);

    /** Those that adapters may add to. */
    List<Projection> projections();

    /** Memory that one pass over the matrices reads. */
    long bytes();
}
