package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.NormalFloat;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * NF4: (mean + scale · byte) · point. Scales stay doubly quantised: a unit is eight blocks of 64 columns, and its head has the f32 mean and scale of the group of
 * blocks they are of, then two vectors of four signed bytes.
 */
final class NormalFloatPanels implements PanelFormat {
    private static final FloatingNibbles NUMBERS = new FloatingNibbles(NormalFloat::point);

    private static final @Nullable PanelProduct PRODUCT =
            PanelFormat.assemble(Heads.normalFloat(), NUMBERS.machineCode());

    private static final int BLOCKS = 8;
    private static final int BLOCKS_OF_VECTOR = 4;
    private static final int RUNS_OF_BLOCK = NormalFloat.BLOCK / PanelNumbers.GROUP;
    private static final int HEAD_VECTORS = 2 + BLOCKS / BLOCKS_OF_VECTOR;
    private static final int HEAD_BYTES = HEAD_VECTORS * Lanes.BYTES;

    @Override
    public int unitColumns() {
        return BLOCKS * NormalFloat.BLOCK;
    }

    @Override
    public int headVectors() {
        return HEAD_VECTORS;
    }

    @Override
    public @Nullable PanelProduct product() {
        return PRODUCT;
    }

    @Override
    public PanelNumbers numbers() {
        return NUMBERS;
    }

    @Override
    public int sumColumns() {
        return PanelNumbers.GROUP;
    }

    @Override
    public float sumFactor() {
        return 0;
    }

    @Override
    public void pack(Tensor weights, long row, MemorySegment panels, long heads, long numbers) {
        MemorySegment data = weights.data();
        long columns = weights.columns();
        long codes = row * weights.rowBytes();
        long scales = codes + NormalFloat.scalesStart(columns);
        long groups = codes + NormalFloat.groupsStart(columns);
        for (int block = 0; block < NormalFloat.blocks(columns); block++) {
            long head = heads + (long) (block / BLOCKS) * HEAD_BYTES;
            long group = groups + 2L * Float.BYTES * (block / NormalFloat.SCALES_PER_GROUP);
            panels.set(Nibbles.INT, head, data.get(Nibbles.INT, group));
            panels.set(Nibbles.INT, head + Lanes.BYTES, data.get(Nibbles.INT, group + Float.BYTES));
            panels.set(
                    ValueLayout.JAVA_BYTE,
                    vector(head, block) + block % BLOCKS_OF_VECTOR,
                    data.get(ValueLayout.JAVA_BYTE, scales + block));
        }
        // A code past the last column meets an activation of zero.
        for (long i = 0; codes + i < scales; i++) {
            long place = numbers + i / Integer.BYTES * Lanes.BYTES + i % Integer.BYTES;
            panels.set(ValueLayout.JAVA_BYTE, place, data.get(ValueLayout.JAVA_BYTE, codes + i));
        }
    }

    /** Where a block's bytes lie. */
    private static long vector(long head, int block) {
        return head + (2L + block % BLOCKS / BLOCKS_OF_VECTOR) * Lanes.BYTES;
    }

    @Override
    public void heads(MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to) {
        FloatVector.zero(Lanes.F).intoArray(out, to);
        for (int i = 0; i < units * BLOCKS; i++) {
            FloatVector scale = scale(w, heads, i);
            for (int j = 0; j < RUNS_OF_BLOCK; j++) {
                scale.intoArray(out, to + (1 + i * RUNS_OF_BLOCK + j) * Lanes.COUNT);
            }
        }
    }

    private static FloatVector scale(MemorySegment w, long heads, int block) {
        long head = heads + (long) (block / BLOCKS) * HEAD_BYTES;
        IntVector bytes = Lanes.ints(w, vector(head, block))
                .lanewise(VectorOperators.LSHR, Byte.SIZE * (block % BLOCKS_OF_VECTOR));
        return Packed.signedByte(bytes, 0).fma(Lanes.floats(w, head + Lanes.BYTES), Lanes.floats(w, head));
    }

    @Override
    public float shift() {
        return 0;
    }

    @Override
    public void scales(MemorySegment w, long heads, int from, int to, float[] out) {
        for (int run = from; run < to; run++) {
            int at = 2 * (run - from) * Lanes.COUNT;
            scale(w, heads, run / RUNS_OF_BLOCK).intoArray(out, at);
            FloatVector.zero(Lanes.F).intoArray(out, at + Lanes.COUNT);
        }
    }
}
