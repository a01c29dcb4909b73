package corolla.kernels.cpu.machine;

import static corolla.kernels.cpu.machine.Register.R10;
import static corolla.kernels.cpu.machine.Register.R11;
import static corolla.kernels.cpu.machine.Register.R8;
import static corolla.kernels.cpu.machine.Register.R9;
import static corolla.kernels.cpu.machine.Register.RAX;
import static corolla.kernels.cpu.machine.Register.RCX;
import static corolla.kernels.cpu.machine.Register.RDI;
import static corolla.kernels.cpu.machine.Register.RDX;
import static corolla.kernels.cpu.machine.Register.RSI;

/**
 * Assembles the product of panels and one row of activations: {@code void (panels, activations, sums, out, panelCount, headBytes)}, for panels one behind the
 * other. Activations are scaled and their sums by groups computed as the Vector API's kernel wants them; its operations and their order are repeated here.
 */
final class PanelCode {
    /** How far ahead of its use a line is asked for: later, and memory is not yet there; earlier, and the end of a matrix asks for more that nobody reads. */
    private static final int AHEAD = 96 * 64;

    private static final int VECTOR = 64;

    /** Columns whose products are one chain; the next ones do not wait for it. */
    private static final int CHAIN = 8;

    // Registers: the function's arguments, and walkers.
    private static final Register PANEL = RDI; // the panel's heads, later its numbers
    private static final Register ACTIVATIONS = RSI;
    private static final Register SUMS = RDX;
    private static final Register OUT = RCX;
    private static final Register COUNT = R8;
    private static final Register HEAD_BYTES = R9;
    private static final Register HEAD = R10;
    private static final Register NUMBERS = R11;
    private static final Register WALK = RAX; // over sums, later activations

    // Vectors: 0 to 7 have numbers, masks stand from 16 on.
    private static final int INTS = 8;
    private static final int LOW = 9;
    private static final int HIGH = 10;
    private static final int TOTAL = 11;
    private static final int GROUP = 12;
    private static final int MASK = 16;
    private static final int F16_BITS = 24;
    private static final int F16_SCALE = 25;
    private static final int OFFSET_SCALE = 26;

    private final Assembler to = new Assembler();
    private final PanelShape shape;

    private PanelCode(PanelShape shape) {
        this.shape = shape;
    }

    static byte[] assemble(PanelShape shape) {
        PanelCode code = new PanelCode(shape);
        code.constants();
        switch (shape.heads()) {
            case SCALE_AND_MINIMUM, SCALE_PAIRS -> code.panels();
            case DECODED -> code.numbersOfPanel();
        }
        return code.to.bytes();
    }

    private void panels() {
        int panel = to.label();
        offsets();
        products();
        to.store(OUT, 0, TOTAL);
        to.add(OUT, VECTOR);
        to.move(PANEL, NUMBERS);
        to.add(COUNT, -1);
        to.jumpIfNotEqual(panel);
        to.end();
    }

    /** {@code void (numbers, activations, heads, out, panel, scaleBytes)}: one panel, whose own heads are walked over only to prefetch the next one's. */
    private void numbersOfPanel() {
        to.load(TOTAL, SUMS, 0);
        to.move(HEAD, SUMS);
        to.add(HEAD, VECTOR);
        to.move(NUMBERS, PANEL);
        to.move(PANEL, HEAD);
        to.add(PANEL, HEAD_BYTES);
        to.move(WALK, ACTIVATIONS);
        int group = to.label();
        to.prefetch(COUNT, AHEAD);
        to.add(COUNT, VECTOR);
        group(0);
        to.load(LOW, HEAD, 0);
        to.multiplyAdd(TOTAL, GROUP, LOW);
        nextUnit(group);
        to.store(OUT, 0, TOTAL);
        to.end();
    }

    private void constants() {
        for (int i = 0; i < shape.columnsOfInt() - 1; i++) {
            to.broadcast(MASK + i, ((1 << shape.bits()) - 1) << (shape.bits() * i));
        }
        to.broadcast(F16_BITS, 0x8fffe000);
        to.broadcast(F16_SCALE, Float.floatToRawIntBits(0x1p112f));
        to.broadcast(OFFSET_SCALE, Float.floatToRawIntBits(shape.isPaired() ? shape.offset() * 0x1p112f : 0x1p112f));
    }

    /** What does not depend on numbers: minimums, or scales times the offset, by the sums of activations. */
    private void offsets() {
        to.zero(TOTAL);
        to.move(HEAD, PANEL);
        to.move(WALK, SUMS);
        to.add(PANEL, HEAD_BYTES);
        int unit = to.label();
        to.load(INTS, HEAD, 0);
        if (shape.isPaired()) {
            lowHalf(OFFSET_SCALE);
            to.multiplyAddByFloat(TOTAL, LOW, WALK, 0);
            highHalf(OFFSET_SCALE);
            to.multiplyAddByFloat(TOTAL, HIGH, WALK, Float.BYTES);
        } else {
            highHalf(F16_SCALE);
            to.multiplyAddByFloat(TOTAL, HIGH, WALK, 0);
        }
        to.add(WALK, shape.groups() * Float.BYTES);
        to.add(HEAD, VECTOR);
        to.compare(HEAD, PANEL);
        to.jumpIfNotEqual(unit);
    }

    private void products() {
        to.subtract(HEAD, HEAD_BYTES);
        to.move(NUMBERS, PANEL);
        to.move(WALK, ACTIVATIONS);
        int unit = to.label();
        group(0);
        to.load(INTS, HEAD, 0);
        to.prefetch(HEAD, AHEAD);
        lowHalf(F16_SCALE);
        to.multiplyAdd(TOTAL, GROUP, LOW);
        if (shape.isPaired()) {
            group(1);
            to.load(INTS, HEAD, 0);
            highHalf(F16_SCALE);
            to.multiplyAdd(TOTAL, GROUP, HIGH);
        }
        nextUnit(unit);
    }

    private void nextUnit(int label) {
        to.add(NUMBERS, shape.groups() * shape.vectorsOfGroup() * VECTOR);
        to.add(WALK, shape.groups() * PanelShape.GROUP * Float.BYTES);
        to.add(HEAD, VECTOR);
        to.compare(HEAD, PANEL);
        to.jumpIfNotEqual(label);
    }

    /** The sum of a group's numbers times activations. */
    private void group(int index) {
        to.zero(GROUP);
        int columns = shape.columnsOfInt();
        for (int i = 0; i < shape.vectorsOfGroup(); i++) {
            int vector = index * shape.vectorsOfGroup() + i;
            to.load(INTS, NUMBERS, vector * VECTOR);
            to.prefetch(NUMBERS, vector * VECTOR + AHEAD);
            int first = i * columns % CHAIN;
            numbers(first);
            for (int j = 0; j < columns; j++) {
                multiply(first + j, (vector * columns + j) * Float.BYTES);
            }
            if (first + columns == CHAIN) {
                to.addFloats(GROUP, GROUP, 0);
            }
        }
    }

    /** A lane's numbers as floats, masked in place; the last is shifted, for its sign. */
    private void numbers(int first) {
        int last = shape.columnsOfInt() - 1;
        for (int j = 0; j < last; j++) {
            to.and(first + j, INTS, MASK + j);
        }
        to.shiftRight(first + last, INTS, Integer.SIZE - shape.bits());
        for (int j = 0; j <= last; j++) {
            to.toFloats(first + j, first + j);
        }
    }

    /** Vector 0 begins the chain and is its sum. */
    private void multiply(int number, int distance) {
        if (number == 0) {
            to.multiplyByFloat(0, 0, WALK, distance);
        } else {
            to.multiplyAddByFloat(0, number, WALK, distance);
        }
    }

    private void lowHalf(int scale) {
        to.shiftLeft(LOW, INTS, 16);
        float16(LOW, LOW, scale);
    }

    private void highHalf(int scale) {
        float16(HIGH, INTS, scale);
    }

    /** The f16 in the high halves, exactly: their bits moved to where f32 has its own are the numbers times 2^-112. */
    private void float16(int result, int from, int scale) {
        to.shiftRightSigned(result, from, 3);
        to.and(result, result, F16_BITS);
        to.multiply(result, result, scale);
    }
}
