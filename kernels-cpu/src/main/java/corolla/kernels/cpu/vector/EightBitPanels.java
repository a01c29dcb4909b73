package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.Numbers;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Codes;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Q8_0: f16 scale · q. Numbers are stored 128 larger than they are, unsigned, so that masking in place reads them. */
final class EightBitPanels extends PairedScales {
    private static final EightBits NUMBERS = new EightBits();
    private static final int OFFSET = 128;

    private static final @Nullable PanelProduct PRODUCT = PanelFormat.assemble(Heads.scalePairs(), Numbers.masked(8));

    EightBitPanels() {
        super(-OFFSET, false);
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
        Codes.read(DType.Q8_0, data, at, codes);
        for (int i = 0; i < GROUP; i++) {
            codes[i] += (byte) OFFSET;
        }
        panels.set(Tensor.SHORT, scale(heads, group), data.get(Tensor.SHORT, at));
        NUMBERS.pack(codes, 0, panels, numbers + (long) group * NUMBERS.vectors() * Lanes.BYTES);
    }
}
