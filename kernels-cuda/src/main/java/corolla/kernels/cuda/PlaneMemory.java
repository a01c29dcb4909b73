package corolla.kernels.cuda;

import java.lang.foreign.MemorySegment;

/** Planes of some rows in the host's memory, on their way to the device. */
record PlaneMemory(MemorySegment codes, MemorySegment high, MemorySegment scales, MemorySegment outer) {
    private static final long PADDING_MAX = 4 * PinnedPiece.ALIGNMENT;

    /** How many rows fit into so many bytes: one at least, {@code rows} at most. */
    static long rowsMax(PlaneFormat format, long bytes, long rows) {
        return Math.clamp((bytes - PADDING_MAX) / format.rowBytes(), 1, Math.max(1, rows));
    }

    /** Takes an empty piece, which grows where it has to. */
    static PlaneMemory take(PinnedPiece piece, PlaneFormat format, long rows) {
        piece.reserve(rows * format.rowBytes() + PADDING_MAX);
        return new PlaneMemory(
                piece.take(rows * format.codes()),
                piece.take(rows * format.high()),
                piece.take(rows * format.scales()),
                piece.take(rows * format.outer()));
    }
}
