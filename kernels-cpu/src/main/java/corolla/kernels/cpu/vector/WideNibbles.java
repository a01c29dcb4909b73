package corolla.kernels.cpu.vector;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;

/**
 * Numbers of five or six bits: low four bits as {@link Nibbles}, high ones apart. Eight columns in an int become two ints of
 * four bytes: the even columns and the odd ones. High bits of such a quadruple lie at the same place of each byte, so that one
 * rotation and one mask bring them above their low ones.
 */
final class WideNibbles {
    static final IntVector LOW = IntVector.broadcast(Lanes.I, 0x0f0f0f0f);
    static final IntVector BYTE0 = IntVector.broadcast(Lanes.I, 0xff);
    static final IntVector BYTE1 = IntVector.broadcast(Lanes.I, 0xff00);
    static final IntVector BYTE2 = IntVector.broadcast(Lanes.I, 0xff0000);
    static final IntVector BYTE3 = IntVector.broadcast(Lanes.I, 0xff000000);

    /** What products of quadruples want activations multiplied by; six bits leave the sign of byte 3 alone. */
    static final float[] FACTORS = {1, 1, 0x1p-8f, 0x1p-8f, 0x1p-16f, 0x1p-16f, 0x1p-24f, 0x1p-24f};

    private WideNibbles() {}

    /**
     * Packs bits {@code [4, 4 + bits)} of codes for one lane: of column k, quadruple k / 8 · 2 + k % 2, byte k % 8 / 2.
     *
     * @param bits 1 or 2; {@code 8 / bits} quadruples fill an int
     */
    static void packHigh(byte[] codes, int from, int columns, int bits, MemorySegment panels, long at) {
        int quadruples = 8 / bits;
        for (int i = 0; i < columns / 4 / quadruples; i++) {
            int packed = 0;
            for (int j = 0; j < 4 * quadruples; j++) {
                int k = 4 * quadruples * i + j;
                int high = codes[from + k] >> 4;
                int quadruple = (k / 8 * 2 + k % 2) % quadruples;
                packed |= high << (8 * (k % 8 / 2) + bits * quadruple);
            }
            panels.set(Nibbles.INT, at + (long) i * Lanes.BYTES, packed);
        }
    }
}
