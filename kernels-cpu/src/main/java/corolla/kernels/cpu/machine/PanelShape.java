package corolla.kernels.cpu.machine;

/**
 * How a panel's units lie in memory, in vectors of 16 ints, a lane a row: first the heads of all units, then the numbers of all units, in groups of 32 columns.
 *
 * @param bits of an unsigned number, 4 or 8: an int has 8 or 4 columns, the first in the lowest bits
 * @param heads what scales the numbers
 * @param offset with {@link Heads#SCALE_PAIRS}, a power of two or its negative: scale · (q + offset); else unused
 */
public record PanelShape(int bits, Heads heads, int offset) {
    /** Rows of a panel. */
    public static final int LANES = 16;

    static final int GROUP = 32;

    /** What a unit's head is. */
    public enum Heads {
        /** The f16 scale, low, and minimum of one group. */
        SCALE_AND_MINIMUM,
        /** The f16 scales of two groups, the first low. */
        SCALE_PAIRS,
        /** Anything that the caller decodes to floats: what is added, then a scale for each group. */
        DECODED
    }

    public PanelShape {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("numbers of " + bits + " bits");
        }
    }

    boolean isPaired() {
        return heads == Heads.SCALE_PAIRS;
    }

    /** Of a unit. */
    int groups() {
        return isPaired() ? 2 : 1;
    }

    int columnsOfInt() {
        return Integer.SIZE / bits;
    }

    int vectorsOfGroup() {
        return GROUP / columnsOfInt();
    }
}
