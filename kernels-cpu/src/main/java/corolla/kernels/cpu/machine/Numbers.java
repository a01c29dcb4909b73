package corolla.kernels.cpu.machine;

/** How the numbers of a panel lie in memory, and the code that makes floats of them: groups of 32 columns. Immutable. */
public abstract sealed class Numbers permits MaskedNumbers, WideNumbers, TableNumbers {
    /** Columns of a group. */
    static final int GROUP = 32;

    static final int VECTOR = 64;

    /** How far ahead of its use a line is asked for: later, and memory is not yet there; earlier, and the end of a matrix asks for more that nobody reads. */
    static final int AHEAD = 96 * VECTOR;

    /** Unsigned numbers of 4 or 8 bits, in ints whose lowest bits are the first column. */
    public static Numbers masked(int bits) {
        return new MaskedNumbers(bits);
    }

    /** Unsigned numbers of 5 bits with a scale for 32 columns, or of 6 bits with one for 16, whose high bits lie apart. */
    public static Numbers wide(int bits) {
        return new WideNumbers(bits);
    }

    /** Numbers of 4 bits as in {@link #masked} that stand for these sixteen floats. */
    public static Numbers table(float... values) {
        return new TableNumbers(values);
    }

    /** Vectors of a group. */
    abstract int vectors();

    /** Columns that share a scale. */
    int run() {
        return GROUP;
    }

    /** Columns whose products are one chain; the next ones do not wait for it. */
    abstract int chain();

    /** Fills the registers from {@link PanelRegisters#CONSTANTS} on. */
    abstract void constants(Assembler to);

    /** Leaves the numbers of a group's chain {@code index} as floats in the registers from {@link PanelRegisters#NUMBERS} on. */
    abstract void decode(Assembler to, int index);

    /** Which column of the group number {@code i} of a chain is. */
    int column(int index, int i) {
        return index * chain() + i;
    }

    /** Loads a vector of the group. */
    static void load(Assembler to, int register, int vector) {
        to.load(register, PanelRegisters.PANEL, vector * VECTOR);
        to.prefetch(PanelRegisters.PANEL, vector * VECTOR + AHEAD);
    }
}
