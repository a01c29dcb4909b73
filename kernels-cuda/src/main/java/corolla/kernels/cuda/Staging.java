package corolla.kernels.cuda;

import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaStream;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Copies between the host's ordinary memory and the device, by way of pinned memory that is limited. What is larger than a piece goes in several, by
 * turns through two: while the device copies one, the host copies the other. Confined to the holder of its owner's lock.
 */
final class Staging implements AutoCloseable {
    private final CudaStream stream;
    private final Side up;
    private final Side down;

    /** Two pieces by turns. */
    private static final class Side {
        private PinnedPiece current;
        private PinnedPiece other;

        Side(CudaDevice device) {
            this.current = new PinnedPiece(device);
            this.other = new PinnedPiece(device);
        }

        /** So much of a piece, at least; waits where the copies of both are still at work. */
        MemorySegment take(CudaStream stream, long bytes) {
            if (!current.hasRoom(bytes)) {
                if (!current.isEmpty()) {
                    turn(stream);
                }
                current.reserve(bytes);
            }
            return current.take(bytes);
        }

        private void turn(CudaStream stream) {
            current.given(stream);
            PinnedPiece next = other;
            other = current;
            current = next;
            next.await();
        }

        List<PinnedPiece> pieces() {
            return List.of(other, current);
        }
    }

    Staging(CudaDevice device, CudaStream stream) {
        this.stream = stream;
        this.up = new Side(device);
        this.down = new Side(device);
    }

    /** To the device. The memory, which may lie in the heap, may go when this returns. */
    void toDevice(long to, MemorySegment from) {
        for (long at = 0; at < from.byteSize(); ) {
            long bytes = Math.min(from.byteSize() - at, PinnedPiece.BYTES_MAX);
            MemorySegment part = up.take(stream, bytes);
            part.copyFrom(from.asSlice(at, bytes));
            stream.copyToDevice(to + at, part);
            at += bytes;
        }
    }

    /** From the device. It is there when {@link #await} returns, which has to come before the memory goes. */
    void toHost(MemorySegment to, long from) {
        for (long at = 0; at < to.byteSize(); ) {
            long bytes = Math.min(to.byteSize() - at, PinnedPiece.BYTES_MAX);
            MemorySegment part = down.take(stream, bytes);
            MemorySegment target = to.asSlice(at, bytes);
            stream.copyToHost(part, from + at);
            down.current.then(() -> target.copyFrom(part));
            at += bytes;
        }
    }

    /** Waits for all that the stream was given; then what was to come to the host is there. */
    void await() {
        stream.synchronize();
        up.pieces().forEach(PinnedPiece::ended);
        down.pieces().forEach(PinnedPiece::ended);
    }

    /** What was to come to the host and was not waited for goes nowhere: whoever wanted it has failed. */
    void forget() {
        down.pieces().forEach(PinnedPiece::forget);
    }

    /** After the work. */
    @Override
    public void close() {
        up.pieces().forEach(PinnedPiece::close);
        down.pieces().forEach(PinnedPiece::close);
    }
}
