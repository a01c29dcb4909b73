package corolla.kernels.cpu.machine;

/** What the weights of rows are, and the code that multiplies four rows with activations. Vectors from 0 to 15 are free. Immutable. */
public abstract sealed class RowNumbers permits HalfNumbers, ByteNumbers {
    static final int ROWS = 4;
    static final int VECTOR = 64;

    /** The lanes of a row's sum, a vector for each row from 0 on. */
    static final int SUMS = 0;

    static final int SPARE = 15;

    /** Vectors that never change. */
    static final int CONSTANTS = 16;

    /** How far ahead of its use a line of each row is asked for. */
    private static final int AHEAD = 32 * VECTOR;

    /** bf16 by f32: for each 32 columns activations of the even ones, then of the odd ones. */
    public static RowNumbers bfloat16() {
        return new BFloat16Numbers();
    }

    /** f16 by f32, likewise, activations times 2^56. */
    public static RowNumbers float16() {
        return new Float16Numbers();
    }

    /** Signed bytes by signed bytes, with ints as results: larger by 128 times the sum of activations than the product. */
    public static RowNumbers bytes() {
        return new ByteNumbers();
    }

    /** What the processor must have, in Linux' spelling. */
    abstract String feature();

    /** Of activations that meet one vector of weights. */
    abstract int activationBytes();

    /** From the end of a row's whole vectors to the next row. */
    abstract int gapBytes();

    abstract void constants(Assembler to);

    /** Vectors that products are added to, from {@link #SUMS} on. */
    int sums() {
        return ROWS;
    }

    /** Begins the sums of four rows. */
    final void clear(Assembler to) {
        for (int i = 0; i < sums(); i++) {
            to.zero(SUMS + i);
        }
    }

    /** Adds the products of a vector of each row. */
    abstract void multiply(Assembler to, Register activations, Register... rows);

    /** Leaves the sum of row {@code i} in the lowest lane of its vector. */
    abstract void finish(Assembler to, int i);

    static void load(Assembler to, int vector, Register row) {
        to.load(vector, row, 0);
        to.prefetch(row, AHEAD);
    }

    /** By halves, as the Vector API's kernels do. */
    static void sumLanes(Assembler to, int vector) {
        for (int lanes = VECTOR / Float.BYTES / 2; lanes > 0; lanes /= 2) {
            to.rotateLanes(SPARE, vector, lanes);
            to.addFloats(vector, vector, SPARE);
        }
    }
}
