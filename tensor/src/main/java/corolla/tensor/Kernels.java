package corolla.tensor;

import corolla.base.compute.Member;
import corolla.tensor.quant.OutlierShare;
import corolla.tensor.scalar.ScalarBackwardKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The mathematics of transformer blocks. Every operation is called by <em>all</em> members of a team with the same
 * arguments and does the caller's share of the output; whoever calls puts {@code me.barrier()} between an operation and
 * another that reads its output or overwrites its input. Activations are f32 and row-major, (rows, columns); leading
 * dimensions count as rows.
 *
 * <p>Results do not depend on the size of the team. Nor does a row's result depend on the other rows in the batch, bit for
 * bit, in batches of one size. Among sizes of batches it is the same for f32 and INT8; for other weights there are borders
 * across which it may differ by rounding: the packages of kernels tell them.
 *
 * <p>Products with {@link DType#INT8} weights are LLM.int8's: activations are taken apart by {@link
 * corolla.tensor.quant.MixedRow}, which says what is computed; those of {@link #multiplyTransposed} stay f32.
 *
 * <p>No operation waits for another member. Thread-safe: several teams may use the same kernels. Shapes are checked at the
 * door and break with {@link IllegalArgumentException}; then every member throws.
 */
public interface Kernels extends AutoCloseable {

    /**
     * How many members of a team these kernels make use of: where one of them gives a device its work, others only wait for it.
     *
     * @param offered as many as there are cores
     */
    default int members(int offered) {
        return offered;
    }

    /** Which kernels these are and why, for one log line: {@code cpu: Vector API 512 bits, oneDNN 3.13 avx512_core_bf16}. */
    String description();

    /**
     * Prepares weights of shape (outputs, inputs). Several parts with the same inputs are stacked by rows and cost one
     * pass: queries, keys and values; gate and up.
     *
     * @param arena what the matrix may keep of its own lives in it
     * @param parts weights; may be views of mapped memory, which must outlive the matrix because it may keep the view
     * @throws IllegalArgumentException when parts differ in columns or a dtype has no kernel
     */
    Matrix matrix(Arena arena, Tensor... parts);

    /** The same of a single part that is only looked up, a row at a time: what need not be re-packed stays a view. */
    default Matrix table(Arena arena, Tensor rows) {
        return matrix(arena, rows);
    }

    /** Whether {@link #matrix} keeps views of parts of this type; else it copies them and their memory may go. */
    default boolean keepsViews(DType dtype) {
        return true;
    }

    /** y = x · Wᵀ; x (n, inputs), y (n, outputs). */
    void multiply(Member me, Tensor x, Matrix w, Tensor y);

    /** y += x · Wᵀ: an output projection added to the residual stream. */
    void multiplyAdd(Member me, Tensor x, Matrix w, Tensor y);

    /** The backward of {@link #multiply}: dx = dy · W; dy (n, outputs), dx (n, inputs). */
    void multiplyTransposed(Member me, Tensor dy, Matrix w, Tensor dx);

    /**
     * y += bias in every row, in the columns that the caller's share of {@link #multiply} or {@link #multiplyAdd} by {@code w}
     * wrote: comes right after one of them, without a barrier between.
     *
     * @param w the matrix that was multiplied by
     * @param bias f32 (outputs)
     */
    void addBias(Member me, Matrix w, Tensor bias, Tensor y);

    /** y = x / √(mean(x²) + epsilon) · weight by rows; y may be x. */
    void rmsNorm(Member me, Tensor x, Tensor weight, float epsilon, Tensor y);

    /** y += x / √(mean(x²) + epsilon) · weight by rows: a norm between a branch and the residual stream. */
    void rmsNormAdd(Member me, Tensor x, Tensor weight, float epsilon, Tensor y);

    /** y = (x − mean(x)) / √(variance(x) + epsilon) · weight + bias by rows; y may be x. */
    void layerNorm(Member me, Tensor x, Tensor weight, Tensor bias, float epsilon, Tensor y);

    /** Normalises heads where the layer does; turns queries in place, keys on their way into the cache; copies values into it. */
    void rotate(Member me, AttentionCall call);

    /** Causal softmax attention of the call's queries over the cache, their own rows included. */
    void attention(Member me, AttentionCall call);

    /** out = activation(gate) · up; a row of {@code gateUp} has all its gates, then all its ups. */
    void gate(Member me, Activation activation, Tensor gateUp, Tensor out);

    /** out = activation(x). */
    void activate(Member me, Activation activation, Tensor x, Tensor out);

    /** x = factor · x. */
    void scale(Member me, float factor, Tensor x);

    /** y += x. */
    void add(Member me, Tensor x, Tensor y);

    /** out[i] = row {@code ids[i]} of the table in f32: embedding lookup. */
    void rows(Member me, Matrix table, int[] ids, Tensor out);

    /** The backward rules that go with these kernels; live as long as they do. */
    default BackwardKernels backward() {
        return ScalarBackwardKernels.INSTANCE;
    }

    /** Operations of mixtures of experts that go with these kernels; live as long as they do. */
    ExpertKernels experts();

    /** What these kernels work in; lives as long as they do. */
    default KernelMemory memory() {
        return KernelMemory.host();
    }

    /** Index of the largest element of a vector, the first of equals; runs on the caller alone. */
    int argmax(Tensor vector);

    /** Features of activations so far in products with {@link DType#INT8} weights, and how many were outliers. */
    default OutlierShare outliers() {
        return OutlierShare.NONE;
    }

    /**
     * Reads every byte of the caller's share of {@code data} as fast as it can and returns the exclusive or of its ints: what
     * decoding is measured against.
     *
     * @param data a multiple of 4 bytes
     */
    int touch(Member me, MemorySegment data);

    /** Frees scratch. Matrices and tensors live in their own arenas. */
    @Override
    void close();

    /**
     * The best kernels that work on this machine's wished device; says which and why in one INFO line.
     *
     * @throws DeviceUnavailableException when a device was asked for that is not there, or does not work
     */
    static Kernels best(KernelsOptions options) {
        return KernelsChoice.best(options);
    }
}
