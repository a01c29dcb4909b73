package corolla.model.block;

import corolla.model.family.AlibiConfig;
import corolla.model.family.AttentionConfig;
import corolla.model.family.RopeConfig;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionLayer;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The attention part of one block with its weights. Immutable. n rows, H the hidden size.
 *
 * @param queryKeyValue to (querySize + 2 · keyValueSize)
 * @param norms of single heads, or null
 * @param output from querySize back to H
 */
record AttentionPart(
        AttentionConfig config,
        Projection queryKeyValue,
        @Nullable HeadNorms norms,
        Projection output) {

    /** What kernels need to know, with tables for {@code positions} positions. */
    AttentionLayer layer(PositionTables tables, int positions) {
        int window = config.window() == 0 ? AttentionLayer.NO_WINDOW : config.window();
        AttentionLayer layer = AttentionLayer.of(
                        config.heads(), config.keyValueHeads(), config.headSize(), config.scale())
                .withWindow(window)
                .withNorms(norms);
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
    void attend(Worker worker, Tensor normed, AttentionCall call, @Nullable Tensor unnormed) {
        queryKeyValue.apply(worker, normed, call.qkv());
        worker.barrier();
        if (unnormed != null) {
            Shares.copy(worker.me(), call.qkv(), unnormed);
            worker.barrier();
        }
        worker.kernels().rotate(worker.me(), call);
        worker.barrier();
        worker.kernels().attention(worker.me(), call);
        worker.barrier();
    }

    /** From the gradient of {@code call.forward().out()} to that of the normed hidden state; ends at a barrier. */
    void backward(Worker worker, AttentionBackwardCall call, Tensor dNormed) {
        worker.kernels().backward().attention(worker.me(), call);
        worker.barrier();
        worker.kernels().backward().rotate(worker.me(), call);
        worker.barrier();
        queryKeyValue.backward(worker, call.dQkv(), dNormed);
        worker.barrier();
    }

    long bytes() {
        return queryKeyValue.bytes() + output.bytes();
    }
}
