package corolla.kernels.cuda;

import corolla.tensor.DType;

/**
 * Weights of one type on the device; lives as long as the arena of its matrix.
 *
 * @param rows outputs
 * @param columns inputs
 * @param codes addresses of planes, 0 for those without bytes
 */
record CudaPart(DType dtype, long rows, int columns, long codes, long high, long scales, long outer, long bytes) {

    /** Some of its rows. */
    CudaPart slice(long from, long to) {
        PlaneFormat format = PlaneFormat.of(dtype, columns);
        return new CudaPart(
                dtype,
                to - from,
                columns,
                codes + from * format.codes(),
                high + from * format.high(),
                scales + from * format.scales(),
                outer + from * format.outer(),
                (to - from) * format.rowBytes());
    }

    /** Columns with those that fill the last chunk. */
    long paddedColumns() {
        return Math.ceilDiv(columns, (long) PlaneFormat.CHUNK) * PlaneFormat.CHUNK;
    }
}
