package corolla.tensor.contract;

import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
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
        int heads,
        int kvHeads,
        int headSize,
        int rotated,
        RopeTable.Pairing pairing,
        int window,
        Extra extra,
        int... tokens) {

    /** Parts of a layer that some families have. */
    public enum Extra {
        NOTHING,
        BIASES,
        HEAD_NORMS
    }

    public AttentionSample(
            int heads, int kvHeads, int headSize, int rotated, RopeTable.Pairing pairing, int window, int... tokens) {
        this(heads, kvHeads, headSize, rotated, pairing, window, Extra.NOTHING, tokens);
    }

    public int rows() {
        int rows = 0;
        for (int count : tokens) {
            rows += count;
        }
        return rows;
    }

    public int qkvElements() {
        return rows() * (heads + 2 * kvHeads) * headSize;
    }

    public int outElements() {
        return rows() * heads * headSize;
    }

    /** The call before its rotation; caches are empty and one token longer than they need to be. */
    public AttentionCall forward(Arena arena, float[] qkv) {
        List<AttentionCall.Sequence> sequences = new ArrayList<>();
        int row = 0;
        for (int count : tokens) {
            sequences.add(new AttentionCall.Sequence(
                    row,
                    count,
                    Tensor.allocate(arena, DType.F32, kvHeads, count + 1, headSize),
                    Tensor.allocate(arena, DType.F32, kvHeads, count + 1, headSize),
                    0));
            row += count;
        }
        return new AttentionCall(
                layer(arena),
                Tensor.of(arena, qkv, rows(), (long) (heads + 2 * kvHeads) * headSize),
                sequences,
                Tensor.allocate(arena, DType.F32, rows(), (long) heads * headSize));
    }

    private AttentionLayer layer(Arena arena) {
        AttentionLayer layer = AttentionLayer.of(heads, kvHeads, headSize, 0.7f / (float) Math.sqrt(headSize))
                .withWindow(window)
                .withRope(rope(arena));
        int positions = rows() + 2;
        return switch (extra) {
            case NOTHING -> layer;
            case BIASES -> layer.withBiases(Tensor.of(arena, Numeric.random(71, heads * positions), heads, positions));
            case HEAD_NORMS ->
                layer.withNorms(new AttentionLayer.HeadNorms(
                        Tensor.of(arena, Numeric.random(72, headSize), headSize),
                        Tensor.of(arena, Numeric.random(73, headSize), headSize),
                        1e-3f));
        };
    }

    /** The gradient of queries, keys and values by the kernels, each operation by a team of {@code members}. */
    public float[] backward(
            Kernels kernels, BackwardKernels backward, int members, Arena arena, float[] qkv, float[] dOut) {
        AttentionCall forward = forward(arena, qkv);
        LoneMember.all(members, me -> kernels.rotate(me, forward));
        long width = (long) (heads + 2 * kvHeads) * headSize;
        AttentionBackwardCall call = new AttentionBackwardCall(
                forward,
                Tensor.of(arena, dOut, rows(), (long) heads * headSize),
                Tensor.of(arena, Numeric.random(99, qkvElements()), rows(), width),
                extra == Extra.HEAD_NORMS ? Tensor.of(arena, qkv, rows(), width) : null);
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
