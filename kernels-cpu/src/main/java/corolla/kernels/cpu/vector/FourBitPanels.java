package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.Numbers;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Codes;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Q4_0: f16 scale · (q − 8). */
final class FourBitPanels extends PairedScales {
    private static final Nibbles NUMBERS = new Nibbles();

    private static final @Nullable PanelProduct PRODUCT = PanelFormat.assemble(Heads.scalePairs(), Numbers.masked(4));

    FourBitPanels() {
        super(-8, false);
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
    public void pack(MemorySegment data, long at, int group, MemorySegment panels, long heads, long numbers) {
        byte[] codes = new byte[GROUP];
        Codes.read(DType.Q4_0, data, at, codes);
        panels.set(Tensor.SHORT, scale(heads, group), data.get(Tensor.SHORT, at));
        NUMBERS.pack(codes, 0, panels, numbers + (long) group * NUMBERS.vectors() * Lanes.BYTES);
    }
}
