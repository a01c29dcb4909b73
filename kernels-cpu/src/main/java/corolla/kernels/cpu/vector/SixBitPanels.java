package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.Numbers;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Codes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Q6_K: a unit is a group of 256 columns. Its head has the f16 scale in one vector, then four vectors of signed byte factors,
 * one for each run of 16 columns.
 */
final class SixBitPanels implements GroupedPanels {
    private static final SixBits NUMBERS = new SixBits();

    private static final @Nullable PanelProduct PRODUCT = PanelFormat.assemble(Heads.sixBits(), Numbers.wide(6));

    private static final int RUN = SixBits.RUN;
    private static final int RUNS = 16;
    private static final int COLUMNS = RUN * RUNS;
    private static final int HEAD_VECTORS = 1 + RUNS / 4;
    private static final int HEAD_BYTES = HEAD_VECTORS * Lanes.BYTES;
    private static final float OFFSET = -32;
    private static final int STORED_FACTORS = 192;
    private static final int STORED_SCALE = 208;

    @Override
    public int unitColumns() {
        return COLUMNS;
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
        return RUN;
    }

    @Override
    public void pack(MemorySegment data, long at, int group, MemorySegment panels, long heads, long numbers) {
        byte[] codes = new byte[COLUMNS];
        Codes.read(DType.Q6_K, data, at, codes);
        long head = heads + (long) group * HEAD_BYTES;
        panels.set(Tensor.SHORT, head, data.get(Tensor.SHORT, at + STORED_SCALE));
        for (int run = 0; run < RUNS; run++) {
            byte factor = data.get(ValueLayout.JAVA_BYTE, at + STORED_FACTORS + run);
            panels.set(ValueLayout.JAVA_BYTE, head + (1L + run / 4) * Lanes.BYTES + run % 4, factor);
        }
        int groups = COLUMNS / PanelNumbers.GROUP;
        for (int i = 0; i < groups; i++) {
            long place = numbers + (long) (group * groups + i) * NUMBERS.vectors() * Lanes.BYTES;
            NUMBERS.pack(codes, PanelNumbers.GROUP * i, panels, place);
        }
    }

    @Override
    public void heads(MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int i = 0; i < units * RUNS; i++) {
            FloatVector scale = scale(w, heads, i);
            total = scale.fma(FloatVector.broadcast(Lanes.F, x[sums + i]), total);
            scale.intoArray(out, to + (i + 1) * Lanes.COUNT);
        }
        total.intoArray(out, to);
    }

    private static FloatVector scale(MemorySegment w, long heads, int run) {
        long head = heads + (long) (run / RUNS) * HEAD_BYTES;
        IntVector factors =
                Lanes.ints(w, head + (1L + run % RUNS / 4) * Lanes.BYTES).lanewise(VectorOperators.LSHR, 8 * (run % 4));
        return Packed.lowF16(Lanes.ints(w, head)).mul(Packed.signedByte(factors, 0));
    }

    @Override
    public float shift() {
        return OFFSET;
    }

    @Override
    public float sumFactor() {
        return OFFSET;
    }

    @Override
    public void scales(MemorySegment w, long heads, int from, int to, float[] out) {
        for (int run = from; run < to; run++) {
            int at = 2 * (run - from) * Lanes.COUNT;
            scale(w, heads, run).intoArray(out, at);
            FloatVector.zero(Lanes.F).intoArray(out, at + Lanes.COUNT);
        }
    }
}
