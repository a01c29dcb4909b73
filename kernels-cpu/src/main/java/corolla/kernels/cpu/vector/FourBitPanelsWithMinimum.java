package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.Numbers;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.quant.Codes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.jspecify.annotations.Nullable;

/** Q4_1: scale · q + minimum. A unit is a group; its head has both as f16 in one vector, as they are stored. */
final class FourBitPanelsWithMinimum implements GroupedPanels {
    private static final Nibbles NUMBERS = new Nibbles();

    private static final @Nullable PanelProduct PRODUCT =
            PanelFormat.assemble(Heads.scaleAndMinimum(), Numbers.masked(4));

    private static final int GROUP = PanelNumbers.GROUP;

    @Override
    public int unitColumns() {
        return GROUP;
    }

    @Override
    public int headVectors() {
        return 1;
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
        return GROUP;
    }

    @Override
    public void pack(MemorySegment data, long at, int group, MemorySegment panels, long heads, long numbers) {
        byte[] codes = new byte[GROUP];
        Codes.read(DType.Q4_1, data, at, codes);
        panels.set(Nibbles.INT, heads + (long) group * Lanes.BYTES, data.get(Nibbles.INT, at));
        NUMBERS.pack(codes, 0, panels, numbers + (long) group * NUMBERS.vectors() * Lanes.BYTES);
    }

    @Override
    public void heads(MemorySegment w, long heads, int units, float[] x, int sums, float[] out, int to) {
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int i = 0; i < units; i++) {
            IntVector both = Lanes.ints(w, heads + (long) i * Lanes.BYTES);
            total = Packed.highF16(both).fma(FloatVector.broadcast(Lanes.F, x[sums + i]), total);
            Packed.lowF16(both).intoArray(out, to + (i + 1) * Lanes.COUNT);
        }
        total.intoArray(out, to);
    }

    @Override
    public float shift() {
        return 0;
    }

    @Override
    public float sumFactor() {
        return 1;
    }

    /** What is stored is added. */
    @Override
    public void scales(MemorySegment w, long heads, int from, int to, float[] out) {
        for (int group = from; group < to; group++) {
            IntVector both = Lanes.ints(w, heads + (long) group * Lanes.BYTES);
            int at = 2 * (group - from) * Lanes.COUNT;
            Packed.lowF16(both).intoArray(out, at);
            Packed.highF16(both).neg().intoArray(out, at + Lanes.COUNT);
        }
    }
}
