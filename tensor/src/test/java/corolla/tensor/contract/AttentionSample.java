package corolla.tensor.contract;

import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionHeads;
import corolla.tensor.AttentionLayer;
import corolla.tensor.BackwardKernels;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An attention layer with seeded numbers.
 *
 * @param rotated leading elements of a head that rotate; 0 for none
 * @param extra what else the layer has
 * @param tokens length of each sequence
 */
public record AttentionSample(
        AttentionHeads layout, int rotated, RopeTable.Pairing pairing, int window, Extra extra, int... tokens) {

    /** Parts of a layer that some families have. */
    public enum Extra {
        NOTHING,
        BIASES,
        HEAD_NORMS,
        SINKS
    }

    public AttentionSample(
            int heads, int kvHeads, int headSize, int rotated, RopeTable.Pairing pairing, int window, int... tokens) {
        this(heads, kvHeads, headSize, rotated, pairing, window, Extra.NOTHING, tokens);
    }

    /** Keys and values of one size. */
    public AttentionSample(
            int heads,
            int kvHeads,
            int headSize,
            int rotated,
            RopeTable.Pairing pairing,
            int window,
            Extra extra,
            int... tokens) {
        this(AttentionHeads.of(heads, kvHeads, headSize), rotated, pairing, window, extra, tokens);
    }

    public int rows() {
        int rows = 0;
        for (int count : tokens) {
            rows += count;
        }
        return rows;
    }

    public int qkvElements() {
        return rows() * (int) layout.columns();
    }

    public int outElements() {
        return rows() * (int) layout.outColumns();
    }

    /** The call before its rotation; caches are empty and one token longer than they need to be. */
    public AttentionCall forward(Arena arena, float[] qkv) {
        List<AttentionCall.Sequence> sequences = new ArrayList<>();
        int row = 0;
        for (int count : tokens) {
            sequences.add(sequence(arena, row, count));
            row += count;
        }
        return new AttentionCall(
                layer(arena),
                Tensor.of(arena, qkv, rows(), layout.columns()),
                sequences,
                Tensor.allocate(arena, DType.F32, rows(), layout.outColumns()));
    }

    private AttentionCall.Sequence sequence(Arena arena, int row, int count) {
        Tensor keys = Tensor.allocate(arena, DType.F32, layout.keyValues(), count + 1, layout.keySize());
        Tensor values = layout.values() == AttentionHeads.Values.IN_KEYS
                ? keys
                : Tensor.allocate(arena, DType.F32, layout.keyValues(), count + 1, layout.valueSize());
        return new AttentionCall.Sequence(row, count, keys, values, 0);
    }

    private AttentionLayer layer(Arena arena) {
        int heads = layout.queries();
        int size = layout.keySize();
        AttentionLayer layer = AttentionLayer.of(layout, 0.7f / (float) Math.sqrt(size))
                .withWindow(window)
                .withRope(rope(arena));
        int positions = rows() + 2;
        return switch (extra) {
            case NOTHING -> layer;
            case BIASES -> layer.withBiases(Tensor.of(arena, Numeric.random(71, heads * positions), heads, positions));
            case HEAD_NORMS ->
                layer.withNorms(new AttentionLayer.HeadNorms(
                        Tensor.of(arena, Numeric.random(72, size), size),
                        Tensor.of(arena, Numeric.random(73, size), size),
                        1e-3f));
            case SINKS -> layer.withSinks(Tensor.of(arena, Numeric.random(5, heads), heads));
        };
    }

    /** The gradient of queries, keys and values by the kernels, each operation by a team of {@code members}. */
    public float[] backward(
            Kernels kernels, BackwardKernels backward, int members, Arena arena, float[] qkv, float[] dOut) {
        AttentionCall forward = forward(arena, qkv);
        LoneMember.all(members, me -> kernels.rotate(me, forward));
        AttentionBackwardCall call = new AttentionBackwardCall(
                forward,
                Tensor.of(arena, dOut, rows(), layout.outColumns()),
                Tensor.of(arena, Numeric.random(99, qkvElements()), rows(), layout.columns()),
                extra == Extra.HEAD_NORMS ? Tensor.of(arena, qkv, rows(), layout.columns()) : null);
        LoneMember.all(members, me -> backward.attention(me, call));
        LoneMember.all(members, me -> backward.rotate(me, call));
        return call.dQkv().toFloats();
    }

    private @Nullable RopeTable rope(Arena arena) {
        if (rotated == 0) {
            return null;
        }
        int positions = rows() + 2;
        int pairs = rotated / 2;
        float[] cosines = new float[positions * pairs];
        float[] sines = new float[positions * pairs];
        for (int i = 0; i < cosines.length; i++) {
            int position = i / pairs;
            double angle = position * Math.pow(100, -(i % pairs) / (double) pairs);
            cosines[i] = (float) Math.cos(angle);
            sines[i] = (float) Math.sin(angle);
        }
        return new RopeTable(
                Tensor.of(arena, cosines, positions, pairs), Tensor.of(arena, sines, positions, pairs), pairing);
    }
}
