package corolla.kernels.cuda;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.kernels.cuda.driver.CudaDevice;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings weights to the device by way of two pieces of pinned memory: while the device copies one, the host packs the next rows into the other.
 * Thread-safe: one matrix at a time, while operations go on; owns the memory.
 */
final class RowLoader implements AutoCloseable {
    private final Gpu gpu;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private PinnedPiece current;

    @GuardedBy("lock")
    private PinnedPiece other;

    RowLoader(Gpu gpu, CudaDevice device) {
        this.gpu = gpu;
        this.current = new PinnedPiece(device);
        this.other = new PinnedPiece(device);
    }

    /** Packs rows into memory of the host's. */
    interface Packing {
        void pack(long row, PlaneMemory planes, long to);
    }

    /**
     * Packs rows and gives the copies that bring them to a part, whose rows they are from {@code firstRow} on.
     *
     * @param count how many rows, from 0 on
     */
    void load(PlaneFormat format, CudaPart part, long firstRow, long count, Packing packing) {
        long rowsMax = PlaneMemory.rowsMax(format, PinnedPiece.BYTES_MAX, count);
        lock.lock();
        try {
            for (long from = 0; from < count; from += rowsMax) {
                long rows = Math.min(rowsMax, count - from);
                PlaneMemory planes = next(format, rows);
                if (part.columns() % PlaneFormat.CHUNK != 0) {
                    planes.codes().fill((byte) 0); // what rows are padded with counts as weights
                }
                for (long row = 0; row < rows; row++) {
                    packing.pack(from + row, planes, row);
                }
                give(format, planes, part, firstRow + from);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Planes in the other piece, when its copies have ended. */
    @GuardedBy("lock")
    private PlaneMemory next(PlaneFormat format, long rows) {
        PinnedPiece next = other;
        other = current;
        current = next;
        next.await();
        return PlaneMemory.take(next, format, rows);
    }

    @GuardedBy("lock")
    private void give(PlaneFormat format, PlaneMemory planes, CudaPart part, long row) {
        PinnedPiece piece = current;
        gpu.run(operation -> {
            operation.copyPinned(part.codes() + row * format.codes(), planes.codes());
            operation.copyPinned(part.high() + row * format.high(), planes.high());
            operation.copyPinned(part.scales() + row * format.scales(), planes.scales());
            operation.copyPinned(part.outer() + row * format.outer(), planes.outer());
            operation.given(piece);
        });
    }

    /** After the work. */
    @Override
    public void close() {
        lock.lock();
        try {
            current.close();
            other.close();
        } finally {
            lock.unlock();
        }
    }
}
