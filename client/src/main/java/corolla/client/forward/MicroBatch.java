package corolla.client.forward;

import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Some sequences of a batch, and their deep prompts: copies in heap memory, which any thread may read. B sequences of S tokens, H the hidden
 * size.
 *
 * @param from the first sequence's place in the batch
 * @param count B
 * @param shape (B, S, H)
 * @param prompts (blocks, B or 1, P, H) f32, or null
 */
record MicroBatch(
        long from, long count, Shape shape, @Nullable Tensor prompts) {

    /** Sequences {@code [from, from + count)} of a batch. */
    static MicroBatch of(Tensor hidden, @Nullable Tensor prompts, long from, long count) {
        Shape shape = Shape.of(count, hidden.shape().size(1), hidden.shape().size(2));
        return new MicroBatch(from, count, shape, prompts == null ? null : promptsOf(prompts, from, count));
    }

    private static Tensor promptsOf(Tensor prompts, long from, long count) {
        Shape all = prompts.shape();
        boolean isShared = all.size(1) == 1;
        long sequences = isShared ? 1 : count;
        long first = isShared ? 0 : from;
        long rowBytes = all.size(2) * all.size(3) * Float.BYTES;
        Tensor copy = heap(all.size(0), sequences, all.size(2), all.size(3));
        for (long block = 0; block < all.size(0); block++) {
            MemorySegment.copy(
                    prompts.data(),
                    (block * all.size(1) + first) * rowBytes,
                    copy.data(),
                    block * sequences * rowBytes,
                    sequences * rowBytes);
        }
        return copy;
    }

    /** Zeros in heap memory. */
    static Tensor heap(long... sizes) {
        Shape shape = Shape.of(sizes);
        float[] values = new float[Math.toIntExact(shape.elements())];
        return new Tensor(MemorySegment.ofArray(values), DType.F32, shape);
    }

    /** This part of the batch, packed without loss. */
    WireTensor packed(Tensor all) {
        return TensorCodec.encode(part(all), shape, DType.F32, Compression.NONE);
    }

    /** The memory of this part of (batch, S, H). */
    MemorySegment part(Tensor all) {
        long bytes = shape.size(1) * shape.size(2) * Float.BYTES;
        return all.data().asSlice(from * bytes, count * bytes);
    }

    /** Prompt tokens of each block; 0 for none. */
    long promptTokens() {
        return prompts == null ? 0 : prompts.shape().size(2);
    }

    /** The prompts of some blocks, counted from the first block of the pass; null for none. */
    @Nullable
    Tensor prompts(int fromBlock, int toBlock) {
        if (prompts == null || prompts.elements() == 0) {
            return null;
        }
        Shape all = prompts.shape();
        long bytes = all.size(1) * all.size(2) * all.size(3) * Float.BYTES;
        MemorySegment some = prompts.data().asSlice(fromBlock * bytes, (toBlock - fromBlock) * bytes);
        return new Tensor(some, DType.F32, Shape.of(toBlock - fromBlock, all.size(1), all.size(2), all.size(3)));
    }
}
