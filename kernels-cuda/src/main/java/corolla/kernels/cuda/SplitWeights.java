package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.SplitRows.Kept;
import corolla.tensor.DType;

/**
 * A slice of a part's weights as bf16: where they lie, when they are bf16, or decoded to a tile in scratch.
 *
 * @param low of what the high halves leave, 0 where nothing is left or wanted
 */
record SplitWeights(CudaPart slice, long high, long low) {
    /** Outputs of a tile are a multiple, as blocks of tensor cores' kernels are. */
    static final long GRAIN = 128;

    static KernelSource source(DType dtype) {
        return KernelSource.of("formats.cu", "halves.cu", "tiles.cu").with("FORMAT=" + dtype.name());
    }

    private static boolean inPlace(CudaPart part) {
        return part.dtype() == DType.BF16;
    }

    /** Compiles what decodes a type. */
    static void prepare(KernelModules modules, DType dtype) {
        if (dtype != DType.BF16) {
            modules.prepare(source(dtype));
        }
    }

    /** Bytes of a tile of so many rows. */
    static long tileBytes(CudaPart part, long rows, Kept kept) {
        return inPlace(part) ? 0 : SplitRows.bytes(rows, part.paddedColumns(), kept);
    }

    /** How many rows of a part to take at once: all that lie in place. */
    static long rowsAtOnce(CudaPart part, long tileBytesMax, Kept kept) {
        return inPlace(part)
                ? part.rows()
                : ManyRows.fitting(part.rows(), tileBytesMax, tileBytes(part, 1, kept), GRAIN);
    }

    /** A slice, given room for a tile. */
    static SplitWeights of(CudaPart slice, long tile, Kept kept) {
        if (inPlace(slice)) {
            return new SplitWeights(slice, slice.codes(), 0);
        }
        return new SplitWeights(
                slice,
                tile,
                kept == Kept.HIGH ? 0 : tile + SplitRows.bytes(slice.rows(), slice.paddedColumns(), Kept.HIGH));
    }

    /** Elements from a row to the next. */
    long stride() {
        return slice.paddedColumns();
    }

    /** Fills the tile, where there is one. */
    void decode(Operation operation) {
        if (!inPlace(slice)) {
            operation.launchOver(
                    slice.rows() * slice.paddedColumns() / PlaneFormat.CHUNK,
                    source(slice.dtype()),
                    "decodeHalves",
                    Products.planes(operation, slice)
                            .wide(slice.rows())
                            .integer(slice.columns())
                            .wide(high)
                            .wide(low));
        }
    }
}
