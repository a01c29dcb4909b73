package corolla.kernels.cpu.vector;

import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionLayer;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Back through {@link Rotation}: the inverse of a rotation is its transpose, the sine changes sign; then through head norms. In place. */
final class RotationBackward {
    private RotationBackward() {}

    /** Queries and keys of one row, whose token stands at {@code position}. */
    static void row(AttentionBackwardCall call, long row, int position) {
        AttentionLayer layer = call.forward().layer();
        RopeTable rope = layer.rope();
        HeadNorms norms = layer.norms();
        Tensor unnormed = call.unnormed();
        for (int head = 0; head < layer.heads() + layer.kvHeads(); head++) {
            long at = 4 * (row * call.dQkv().columns() + layer.layout().column(head));
            if (rope != null) {
                turnBack(rope, position, call.dQkv().data(), at);
            }
            if (norms != null && unnormed != null) {
                MemorySegment weight = (head < layer.heads() ? norms.query() : norms.key()).data();
                ElementwiseBackward.rmsNormInPlace(
                        unnormed.data(),
                        weight,
                        norms.epsilon(),
                        call.dQkv().data(),
                        at,
                        layer.layout().keySize());
            }
        }
    }

    private static void turnBack(RopeTable rope, int position, MemorySegment data, long at) {
        int pairs = rope.rotated() / 2;
        long table = 4L * position * pairs;
        switch (rope.pairing()) {
            case HALVES -> halves(rope, table, pairs, data, at);
            case NEIGHBOURS -> neighbours(rope, table, pairs, data, at);
        }
    }

    private static void halves(RopeTable rope, long table, int pairs, MemorySegment data, long at) {
        int end = pairs - pairs % Lanes.COUNT;
        long distance = 4L * pairs;
        MemorySegment cosines = rope.cosines().data();
        MemorySegment sines = rope.sines().data();
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector cosine = Lanes.floats(cosines, table + 4L * k);
            FloatVector sine = Lanes.floats(sines, table + 4L * k);
            FloatVector a = Lanes.floats(data, at + 4L * k);
            FloatVector b = Lanes.floats(data, at + distance + 4L * k);
            a.mul(cosine).add(b.mul(sine)).intoMemorySegment(data, at + 4L * k, Lanes.LITTLE);
            b.mul(cosine).sub(a.mul(sine)).intoMemorySegment(data, at + distance + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < pairs; k++) {
            pair(rope, table + 4L * k, data, at + 4L * k, distance);
        }
    }

    private static void neighbours(RopeTable rope, long table, int pairs, MemorySegment data, long at) {
        for (int k = 0; k < pairs; k++) {
            pair(rope, table + 4L * k, data, at + 8L * k, 4);
        }
    }

    private static void pair(RopeTable rope, long table, MemorySegment data, long at, long distance) {
        float cosine = Lanes.scalar(rope.cosines().data(), table);
        float sine = Lanes.scalar(rope.sines().data(), table);
        float a = Lanes.scalar(data, at);
        float b = Lanes.scalar(data, at + distance);
        data.set(Tensor.FLOAT, at, a * cosine + b * sine);
        data.set(Tensor.FLOAT, at + distance, b * cosine - a * sine);
    }
}
