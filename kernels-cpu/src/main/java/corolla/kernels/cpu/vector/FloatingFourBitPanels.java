package corolla.kernels.cpu.vector;

import corolla.kernels.cpu.machine.Heads;
import corolla.kernels.cpu.machine.PanelProduct;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Codes;
import corolla.tensor.quant.Mxfp4Codec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** MXFP4: scale · float. Scales are stored as bf16, which holds every power of two from 2^-127. */
final class FloatingFourBitPanels extends PairedScales {
    private static final FloatingNibbles NUMBERS = new FloatingNibbles(Mxfp4Codec::value);

    private static final @Nullable PanelProduct PRODUCT =
            PanelFormat.assemble(Heads.bfloat16Pairs(), NUMBERS.machineCode());

    /** A power of two's exponent byte is the upper part of its bf16, but 2^-127 is subnormal. */
    private static final int SMALLEST = 0x40;

    FloatingFourBitPanels() {
        super(0, true);
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
        Codes.read(DType.MXFP4, data, at, codes);
        int exponent = data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
        short scale = (short) (exponent == 0 ? SMALLEST : exponent << 7);
        panels.set(Tensor.SHORT, scale(heads, group), scale);
        NUMBERS.pack(codes, 0, panels, numbers + (long) group * NUMBERS.vectors() * Lanes.BYTES);
    }
}
