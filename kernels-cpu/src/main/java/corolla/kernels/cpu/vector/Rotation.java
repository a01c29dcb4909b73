package corolla.kernels.cpu.vector;

import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Norms of heads where a layer has them, and rotary position embedding: queries in place, keys on their way into the cache; values are copied there. */
public final class Rotation {
    private Rotation() {}

    /** One head of one row; heads count over queries, keys and values. */
    public static void head(AttentionCall call, Sequence sequence, int token, int head) {
        MemorySegment qkv = call.qkv().data();
        long from = 4
                * ((sequence.row() + (long) token) * call.qkv().columns()
                        + call.layout().column(head));
        int position = sequence.position() + token;
        HeadNorms norms = call.layer().norms();
        if (norms != null && head < call.heads() + call.kvHeads()) {
            MemorySegment weight = (head < call.heads() ? norms.query() : norms.key()).data();
            Elementwise.rmsNorm(
                    qkv, from, weight, norms.epsilon(), qkv, from, call.layout().keySize());
        }
        if (head < call.heads()) {
            turn(call, qkv, from, position, qkv, from);
        } else if (head < call.heads() + call.kvHeads()) {
            int kvHead = head - call.heads();
            turn(call, qkv, from, position, sequence.keys().data(), cacheOffset(sequence.keys(), kvHead, position));
        } else {
            int kvHead = head - call.heads() - call.kvHeads();
            long to = cacheOffset(sequence.values(), kvHead, position);
            MemorySegment.copy(
                    qkv, from, sequence.values().data(), to, 4L * call.layout().valueSize());
        }
    }

    static long cacheOffset(Tensor cache, int head, int position) {
        return 4 * (head * cache.shape().size(1) + position) * cache.columns();
    }

    private static void turn(
            AttentionCall call, MemorySegment source, long from, int position, MemorySegment target, long to) {
        RopeTable rope = call.rope();
        int rotated = rope == null ? 0 : rope.rotated();
        if (rope != null) {
            MemorySegment cosines = rope.cosines().data();
            MemorySegment sines = rope.sines().data();
            long table = 4L * position * (rotated / 2);
            switch (rope.pairing()) {
                case HALVES -> halves(cosines, sines, table, rotated / 2, source, from, target, to);
                case NEIGHBOURS -> neighbours(cosines, sines, table, rotated / 2, source, from, target, to);
            }
        }
        MemorySegment.copy(
                source,
                from + 4L * rotated,
                target,
                to + 4L * rotated,
                4L * (call.layout().keySize() - rotated));
    }

    private static void halves(
            MemorySegment cosines,
            MemorySegment sines,
            long table,
            int pairs,
            MemorySegment source,
            long from,
            MemorySegment target,
            long to) {
        int end = pairs - pairs % Lanes.COUNT;
        long distance = 4L * pairs;
        for (int k = 0; k < end; k += Lanes.COUNT) {
            FloatVector cosine = Lanes.floats(cosines, table + 4L * k);
            FloatVector sine = Lanes.floats(sines, table + 4L * k);
            FloatVector a = Lanes.floats(source, from + 4L * k);
            FloatVector b = Lanes.floats(source, from + distance + 4L * k);
            a.mul(cosine).sub(b.mul(sine)).intoMemorySegment(target, to + 4L * k, Lanes.LITTLE);
            b.mul(cosine).add(a.mul(sine)).intoMemorySegment(target, to + distance + 4L * k, Lanes.LITTLE);
        }
        for (int k = end; k < pairs; k++) {
            pair(cosines, sines, table + 4L * k, source, from + 4L * k, target, to + 4L * k, distance);
        }
    }

    private static void neighbours(
            MemorySegment cosines,
            MemorySegment sines,
            long table,
            int pairs,
            MemorySegment source,
            long from,
            MemorySegment target,
            long to) {
        for (int k = 0; k < pairs; k++) {
            pair(cosines, sines, table + 4L * k, source, from + 8L * k, target, to + 8L * k, 4);
        }
    }

    private static void pair(
            MemorySegment cosines,
            MemorySegment sines,
            long table,
            MemorySegment source,
            long from,
            MemorySegment target,
            long to,
            long distance) {
        float cosine = Lanes.scalar(cosines, table);
        float sine = Lanes.scalar(sines, table);
        float a = Lanes.scalar(source, from);
        float b = Lanes.scalar(source, from + distance);
        target.set(Tensor.FLOAT, to, a * cosine - b * sine);
        target.set(Tensor.FLOAT, to + distance, b * cosine + a * sine);
    }
}
