package corolla.kernels.cuda;

import corolla.tensor.DType;
import corolla.tensor.NormalFloat;

/**
 * How weights of one type lie on the device: planes, each with one kind of number of all rows ({@code formats.cu} reads them).
 *
 * @param codes bytes of a row's floats, bytes or low four bits
 * @param high bytes of a row's further bits of codes
 * @param scales bytes of a row's scales
 * @param outer bytes of a row's scales of scales
 */
record PlaneFormat(DType dtype, long codes, long high, long scales, long outer) {
    /** Columns that a lane decodes at once; rows are padded to whole chunks. */
    static final int CHUNK = 8;

    /** @throws IllegalArgumentException when there is no kernel for the type */
    static PlaneFormat of(DType dtype, long columns) {
        long chunks = Math.ceilDiv(columns, (long) CHUNK);
        return switch (dtype) {
            case F32 -> new PlaneFormat(dtype, 32 * chunks, 0, 0, 0);
            case BF16, F16 -> new PlaneFormat(dtype, 16 * chunks, 0, 0, 0);
            case INT8 -> new PlaneFormat(dtype, 8 * chunks, 0, Float.BYTES, 0);
            case Q8_0 -> new PlaneFormat(dtype, 8 * chunks, 0, chunks / 2, 0);
            case Q4_0 -> new PlaneFormat(dtype, 4 * chunks, 0, chunks / 2, 0);
            case Q4_1 -> new PlaneFormat(dtype, 4 * chunks, 0, chunks, 0);
            case MXFP4 -> new PlaneFormat(dtype, 4 * chunks, 0, chunks / 4, 0);
            case Q4_K -> new PlaneFormat(dtype, 4 * chunks, 0, chunks / 2, chunks / 8);
            case Q5_K -> new PlaneFormat(dtype, 4 * chunks, chunks, chunks / 2, chunks / 8);
            case Q6_K -> new PlaneFormat(dtype, 4 * chunks, 2 * chunks, chunks / 2, chunks / 16);
            case NF4 ->
                new PlaneFormat(
                        dtype,
                        4 * chunks,
                        0,
                        NormalFloat.blocks(columns),
                        2L * Float.BYTES * NormalFloat.groups(columns));
            case F64, F8_E4M3, F8_E5M2, I8, U8, I16, I32, I64, BOOL ->
                throw new IllegalArgumentException("no kernel multiplies by " + dtype);
        };
    }

    /** Rows of codes for so many rows: integer products on tensor cores read whole eights, and leave the last results out. */
    long codeRows(long rows) {
        return dtype == DType.INT8 ? Math.ceilDiv(rows, 8L) * 8 : rows;
    }

    /** Bytes of a row in all planes. */
    long rowBytes() {
        return codes + high + scales + outer;
    }
}
