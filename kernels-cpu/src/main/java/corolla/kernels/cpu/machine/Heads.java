package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.PanelRegisters.HEAD_CONSTANTS;
import static corolla.kernels.cpu.machine.PanelRegisters.PANEL;
import static corolla.kernels.cpu.machine.PanelRegisters.SCALES;
import static corolla.kernels.cpu.machine.PanelRegisters.TOTAL;
import static corolla.kernels.cpu.machine.PanelRegisters.WALKS;

/**
 * How the heads of a panel's units lie in memory, and the code that decodes them: scales are stored for the numbers' code, minimums are multiplied with sums
 * of activations at once. Vectors from 0 to 9 are free. Immutable.
 */
public abstract sealed class Heads
        permits ScalePairs, BFloat16Pairs, ScaleAndMinimum, KHeads, SixBitHeads, NormalFloatHeads {
    static final int F16_BITS = HEAD_CONSTANTS;
    static final int F16_SCALE = HEAD_CONSTANTS + 1;

    /** The f16 scales of two groups, the first low; each is its group's minimum, too. */
    public static Heads scalePairs() {
        return new ScalePairs();
    }

    /** The bf16 scales of two groups, the first low; without minimums. */
    public static Heads bfloat16Pairs() {
        return new BFloat16Pairs();
    }

    /** The f16 scale, low, and minimum of one group. */
    public static Heads scaleAndMinimum() {
        return new ScaleAndMinimum();
    }

    /** Q4_K's and Q5_K's: the f16 scale, low, and minimum; then vectors of unsigned bytes, a scale's factor, a minimum's, and those of the next group. */
    public static Heads k() {
        return new KHeads();
    }

    /** Q6_K's: the f16 scale, low; then vectors of four signed bytes, a factor for 16 columns each, whose scale is their minimum, too. */
    public static Heads sixBits() {
        return new SixBitHeads();
    }

    /** NF4's: an f32 mean and scale; then two vectors of four signed bytes, a factor for 64 columns each; without minimums. */
    public static Heads normalFloat() {
        return new NormalFloatHeads();
    }

    /** Vectors of a unit. */
    abstract int vectors();

    /** Scales of a unit, and sums of activations. */
    abstract int runs();

    /** Fills the registers from {@link PanelRegisters#HEAD_CONSTANTS} on. */
    void constants(Assembler to) {
        to.broadcast(F16_BITS, 0x8fffe000);
        to.broadcast(F16_SCALE, Float.floatToRawIntBits(0x1p112f));
    }

    /** Decodes one unit, for so many rows of activations. */
    abstract void decode(Assembler to, int rows);

    /** Loads a vector of the unit. */
    static void load(Assembler to, int register, int vector) {
        to.load(register, PANEL, vector * Numbers.VECTOR);
        to.prefetch(PANEL, vector * Numbers.VECTOR + Numbers.AHEAD);
    }

    static void storeScale(Assembler to, int run, int scale) {
        to.store(SCALES, run * Numbers.VECTOR, scale);
    }

    static void addMinimum(Assembler to, int rows, int run, int minimum) {
        for (int row = 0; row < rows; row++) {
            to.multiplyAddByFloat(TOTAL + row, minimum, WALKS.get(row), run * Float.BYTES);
        }
    }

    static void lowF16(Assembler to, int result, int from) {
        to.shiftLeft(result, from, Short.SIZE);
        highF16(to, result, result);
    }

    /** Exactly: the bits of an f16 moved to where f32 has its own are the number times 2^-112. */
    static void highF16(Assembler to, int result, int from) {
        to.shiftRightSigned(result, from, 3);
        to.and(result, result, F16_BITS);
        to.multiply(result, result, F16_SCALE);
    }

    static void signedByte(Assembler to, int result, int from, int index) {
        to.shiftLeft(result, from, Byte.SIZE * (Integer.BYTES - 1 - index));
        to.shiftRightSigned(result, result, Byte.SIZE * (Integer.BYTES - 1));
        to.toFloats(result, result);
    }
}
