package corolla.kernels.cpu.machine;

/**
 * How a panel's units lie in memory, in vectors of 16 ints, a lane a row: first a head for each unit, then the numbers of all units. A unit is one group of 32
 * columns or two.
 *
 * @param bits of an unsigned number, 4 or 8: an int has 8 or 4 columns, the first in the lowest bits
 * @param isPaired true: a head has the f16 scales of two groups, low and high; false: scale and minimum of one group
 * @param offset of paired numbers, a power of two or its negative: scale · (q + offset); else unused
 */
public record PanelShape(int bits, boolean isPaired, int offset) {
    /** Rows of a panel. */
    public static final int LANES = 16;

    static final int GROUP = 32;

    public PanelShape {
        if (bits != 4 && bits != 8) {
            throw new IllegalArgumentException("numbers of " + bits + " bits");
        }
    }

    int groups() {
        return isPaired ? 2 : 1;
    }

    int columnsOfInt() {
        return Integer.SIZE / bits;
    }

    int vectorsOfGroup() {
        return GROUP / columnsOfInt();
    }
}
