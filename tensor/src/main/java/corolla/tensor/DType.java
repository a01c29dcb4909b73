package corolla.tensor;

/**
 * How the elements of a tensor are stored. GGUF's quantised types store elements in groups along the last dimension;
 * {@link #INT8} and {@link #NF4}, which are made while loading, store whole rows; all others have one element a group. Everything
 * is little-endian.
 */
public enum DType {
    F32(1, 4, "float32"),
    BF16(1, 2, "bfloat16"),
    F16(1, 2, "float16"),
    F64(1, 8, "float64"),
    /** Sign, 4 bits exponent, 3 bits mantissa: to 448, without infinities. Read, never multiplied. */
    F8_E4M3(1, 1, "float8_e4m3fn"),
    /** Sign, 5 bits exponent, 2 bits mantissa. Read, never multiplied. */
    F8_E5M2(1, 1, "float8_e5m2"),
    I8(1, 1, "int8"),
    U8(1, 1, "uint8"),
    I16(1, 2, "int16"),
    I32(1, 4, "int32"),
    I64(1, 8, "int64"),
    BOOL(1, 1, "bool"),
    /** f16 scale d, then 32 signed bytes q: d·q. */
    Q8_0(32, 34, "q8_0"),
    /** f16 scale d, then 16 bytes of two 4-bit q, elements 0..15 in the low halves and 16..31 in the high ones: d·(q − 8). */
    Q4_0(32, 18, "q4_0"),
    /** f16 scale d, f16 minimum m, then 16 bytes as in {@link #Q4_0}: d·q + m. */
    Q4_1(32, 20, "q4_1"),
    /**
     * f16 scale d, f16 minimum m, then 12 bytes of eight 6-bit pairs (s, t), then 128 bytes of 4-bit q, 32 columns in the low
     * halves of 32 bytes and the next 32 in their high ones: d·s·q − m·t, a pair for 32 columns.
     */
    Q4_K(256, 144, "q4_k"),
    /** As {@link #Q4_K}, with 32 bytes of fifth bits before the 4-bit numbers: bit i is of columns 32·i and on. */
    Q5_K(256, 176, "q5_k"),
    /**
     * 128 bytes of low four bits, 64 bytes of high two bits, 16 signed bytes s, f16 scale d: d·s·(q − 32), an s for 16
     * columns. Halves of 128 columns follow each other.
     */
    Q6_K(256, 210, "q6_k"),
    /**
     * OCP's MXFP4: one byte e, then 16 bytes of two 4-bit floats (sign, 2 bits exponent, 1 bit mantissa), elements as in
     * {@link #Q4_0}: 2^(e − 127) times the float.
     */
    MXFP4(32, 17, "mxfp4"),
    /** LLM.int8: a row's signed bytes q, then its f32 scale d, which is its largest magnitude over 127: d·q. */
    INT8(1, 1, "int8_rows"),
    /**
     * NormalFloat: of each row two 4-bit codes a byte, the first column in the low half; then a signed byte for each block of 64
     * columns, and for each 256 of those an f32 mean and an f32 scale: (mean + scale·byte) · point of the code.
     */
    NF4(1, 1, "nf4");

    private final int elementsPerGroup;
    private final int bytesPerGroup;
    private final String torchName;

    DType(int elementsPerGroup, int bytesPerGroup, String torchName) {
        this.elementsPerGroup = elementsPerGroup;
        this.bytesPerGroup = bytesPerGroup;
        this.torchName = torchName;
    }

    /** 1, or the size of a quantised type's group. */
    public int elementsPerGroup() {
        return elementsPerGroup;
    }

    /** Bytes of one group; of one element where groups are of one. */
    public int bytesPerGroup() {
        return bytesPerGroup;
    }

    public boolean isQuantised() {
        return elementsPerGroup > 1 || isRowwise();
    }

    /** Whether a row is stored as one, with scales of its own: then sizes are known by rows only. */
    public boolean isRowwise() {
        return this == INT8 || this == NF4;
    }

    /** Whether it is a float of eight bits, which comes with scales beside and is decoded while loading. */
    public boolean isFloat8() {
        return this == F8_E4M3 || this == F8_E5M2;
    }

    /** Bytes that a row of so many columns takes. */
    public long rowBytes(long columns) {
        return switch (this) {
            case INT8 -> Math.addExact(columns, Float.BYTES);
            case NF4 -> NormalFloat.rowBytes(columns);
            default -> bytes(columns);
        };
    }

    /**
     * Bytes that a tensor of this shape takes.
     *
     * @throws IllegalArgumentException when its rows are not whole groups
     * @throws ArithmeticException when the size exceeds 2^63 - 1
     */
    public long bytes(Shape shape) {
        if (shape.columns() % elementsPerGroup != 0) {
            throw new IllegalArgumentException("rows of " + shape + " are not whole " + this + " groups");
        }
        return Math.multiplyExact(shape.rows(), rowBytes(shape.columns()));
    }

    /** PyTorch's name of the type, without {@code torch.}; for quantised types GGUF's name in lower case. */
    public String torchName() {
        return torchName;
    }

    /**
     * Bytes that {@code elements} elements take.
     *
     * @throws IllegalArgumentException when {@code elements} is negative or not a whole number of groups, or the size depends on
     *     rows
     * @throws ArithmeticException when the size exceeds 2^63 - 1
     */
    public long bytes(long elements) {
        if (isRowwise()) {
            throw new IllegalArgumentException(this + " is stored by rows, " + elements + " elements have no size");
        }
        if (elements < 0 || elements % elementsPerGroup != 0) {
            throw new IllegalArgumentException(
                    elements + " elements are not a whole number of " + this + " groups of " + elementsPerGroup);
        }
        return Math.multiplyExact(elements / elementsPerGroup, (long) bytesPerGroup);
    }
}
