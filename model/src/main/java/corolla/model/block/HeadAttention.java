package corolla.model.block;

import corolla.model.family.AttentionConfig;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attention whose queries, keys and values are projections of the hidden state. Immutable; needs no space.
 *
 * @param queryKeyValue to (querySize + 2 · keyValueSize)
 * @param norms of single heads, or null
 * @param sinks f32 (heads), or null
 * @param output from querySize back to H
 */
record HeadAttention(
        AttentionConfig config,
        Projection queryKeyValue,
        @Nullable HeadNorms norms,
        @Nullable Tensor sinks,
        Projection output)
        implements AttentionPart {

    @Override
    public void attend(Worker worker, Tensor normed, AttentionCall call, @Nullable Tensor unnormed, Tensor space) {
        queryKeyValue.apply(worker, normed, call.qkv());
        worker.barrier();
        if (unnormed != null) {
            worker.copy(call.qkv(), unnormed);
            worker.barrier();
        }
        worker.kernels().rotate(worker.me(), call);
        worker.barrier();
        worker.kernels().attention(worker.me(), call);
        worker.barrier();
    }

    @Override
    public void output(Worker worker, AttentionCall call, Tensor space, Tensor out, boolean add) {
        if (add) {
            output.addTo(worker, call.out(), out);
        } else {
            output.apply(worker, call.out(), out);
        }
    }

    @Override
    public void outputBackward(Worker worker, Tensor dOutput, AttentionBackwardCall call, Tensor space) {
        output.backward(worker, dOutput, call.dOut());
        worker.barrier();
    }

    @Override
    public void backward(Worker worker, AttentionBackwardCall call, Tensor space, Tensor dNormed) {
        worker.kernels().backward().attention(worker.me(), call);
        worker.barrier();
        worker.kernels().backward().rotate(worker.me(), call);
        worker.barrier();
        queryKeyValue.backward(worker, call.dQkv(), dNormed);
        worker.barrier();
    }

    @Override
    public List<Projection> projections() {
        return List.of(queryKeyValue, output);
    }

    @Override
    public long bytes() {
        return queryKeyValue.bytes() + output.bytes();
    }
}
