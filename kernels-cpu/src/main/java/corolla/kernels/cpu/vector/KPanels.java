package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.Numbers;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.quant.Codes;
import corolla.tensor.quant.KScales;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * Q4_K and Q5_K: a unit is a group of 256 columns. Its head has f16 scale and minimum in one vector, then four vectors of
 * byte factors: scale's and minimum's of one run of 32 columns, then of the next.
 */
record KPanels(DType dtype, PanelNumbers numbers, @Nullable PanelProduct product) implements GroupedPanels {
    static final KPanels Q4 =
            new KPanels(DType.Q4_K, new Nibbles(), PanelFormat.assemble(Heads.k(), Numbers.masked(4)));

    static final KPanels Q5 = new KPanels(DType.Q5_K, new FiveBits(), PanelFormat.assemble(Heads.k(), Numbers.wide(5)));

    private static final int RUN = PanelNumbers.GROUP;
    private static final int RUNS = KScales.PAIRS;
    private static final int COLUMNS = RUN * RUNS;
    private static final int HEAD_VECTORS = 1 + RUNS / 2;
    private static final int HEAD_BYTES = HEAD_VECTORS * Lanes.BYTES;

    @Override
    public int unitColumns() {
        return COLUMNS;
    }

    @Override
    public int headVectors() {
        return HEAD_VECTORS;
    }

    @Override
    public int sumColumns() {
        return RUN;
    }

    @Override
    public void pack(MemorySegment data, long at, int group, MemorySegment panels, long heads, long numbersAt) {
        byte[] codes = new byte[COLUMNS];
        Codes.read(dtype, data, at, codes);
        long head = heads + (long) group * HEAD_BYTES;
        panels.set(Nibbles.INT, head, data.get(Nibbles.INT, at)); // scale and minimum, in this order
        for (int run = 0; run < RUNS; run++) {
            long factors = head + (1L + run / 2) * Lanes.BYTES + 2L * (run % 2);
            panels.set(ValueLayout.JAVA_BYTE, factors, (byte) KScales.scaleFactor(data, at, run));
            panels.set(ValueLayout.JAVA_BYTE, factors + 1, (byte) KScales.minimumFactor(data, at, run));
            long place = numbersAt + (long) (group * RUNS + run) * numbers.vectors() * Lanes.BYTES;
            numbers.pack(codes, RUN * run, panels, place);
        }
    }

    @Override
    public void heads(MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int i = 0; i < units * RUNS; i++) {
            long head = heads + (long) (i / RUNS) * HEAD_BYTES;
            IntVector both = Lanes.ints(w, head);
            IntVector factors = factors(w, head, i % RUNS);
            FloatVector minimum = Packed.highF16(both).mul(Packed.unsignedByte(factors, 1));
            total = minimum.fma(FloatVector.broadcast(Lanes.F, x[sums + i]), total);
            FloatVector scale = Packed.lowF16(both).mul(Packed.unsignedByte(factors, 0));
            scale.intoArray(out, to + (i + 1) * Lanes.COUNT);
        }
        total.intoArray(out, to);
    }

    /** A run's factors in the lowest two bytes. */
    private static IntVector factors(MemorySegment w, long head, int run) {
        return Lanes.ints(w, head + (1L + run / 2) * Lanes.BYTES).lanewise(VectorOperators.LSHR, 16 * (run % 2));
    }

    @Override
    public float shift() {
        return 0;
    }

    @Override
    public float sumFactor() {
        return -1; // minimums are subtracted
    }

    @Override
    public void scales(MemorySegment w, long heads, int from, int to, float[] out) {
        for (int run = from; run < to; run++) {
            long head = heads + (long) (run / RUNS) * HEAD_BYTES;
            IntVector both = Lanes.ints(w, head);
            IntVector factors = factors(w, head, run % RUNS);
            int at = 2 * (run - from) * Lanes.COUNT;
            Packed.lowF16(both).mul(Packed.unsignedByte(factors, 0)).intoArray(out, at);
            Packed.highF16(both).mul(Packed.unsignedByte(factors, 1)).intoArray(out, at + Lanes.COUNT);
        }
    }
}
