package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.driver.Arguments;
import corolla.kernels.cuda.driver.CudaStream;
import corolla.kernels.cuda.driver.DeviceSegments;
import corolla.kernels.cuda.driver.Grid;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operation: launches kernels on tensors that are on the device, brings others there and their results back. A tensor that is named twice is
 * brought once, so that an output may be an input. Confined to the holder of the {@link Gpu}'s lock.
 */
final class Operation {
    /** Threads of a block, as {@code common.cu} has it. */
    static final int THREADS = 256;

    /** What a launch of {@code put} takes with its arguments, as {@code memory.cu} has it. */
    private static final int PUT_NUMBERS = 112;

    private static final long PUT_BYTES = (long) Integer.BYTES * PUT_NUMBERS;

    /** More than what so many launches take is copied. */
    private static final int PUT_LAUNCHES_MAX = 2;

    private static final Grid PUT_GRID = new Grid(1, 1, 1, 128);

    private final Gpu gpu;
    private final CudaStream stream;
    private final DeviceScratch scratch;
    private final Arguments arguments;
    private final Staging staging;
    private final List<Twin> twins = new ArrayList<>();
    private boolean copiesBack;

    /** Memory of the host and what stands for it on the device. */
    private static final class Twin {
        private final MemorySegment host;
        private final long device;
        private boolean filled;
        private boolean written;

        Twin(MemorySegment host, long device) {
            this.host = host;
            this.device = device;
        }
    }

    Operation(Gpu gpu, CudaStream stream, DeviceScratch scratch, Staging staging, Arguments arguments) {
        this.gpu = gpu;
        this.stream = stream;
        this.scratch = scratch;
        this.staging = staging;
        this.arguments = arguments;
    }

    /** Where the device reads a tensor; 0 for none. */
    long read(@Nullable Tensor tensor) {
        return tensor == null ? 0 : read(tensor.data());
    }

    /** Where the device writes all of a tensor, whatever it held. */
    long write(Tensor tensor) {
        return write(tensor.data());
    }

    /** The same of memory. */
    long write(MemorySegment memory) {
        if (DeviceSegments.isClosed(memory)) {
            return gpu.address(memory);
        }
        Twin twin = twin(memory);
        twin.written = true;
        return twin.device;
    }

    /** Where the device reads a tensor and changes it, or writes parts of it. */
    long update(Tensor tensor) {
        if (DeviceSegments.isClosed(tensor.data())) {
            return gpu.address(tensor.data());
        }
        Twin twin = filled(tensor.data());
        twin.written = true;
        return twin.device;
    }

    /** Where the device reads memory. */
    long read(MemorySegment memory) {
        return DeviceSegments.isClosed(memory) ? gpu.address(memory) : filled(memory).device;
    }

    private Twin filled(MemorySegment host) {
        Twin twin = twin(host);
        if (!twin.filled && twin.host.byteSize() > 0) {
            staging.toDevice(twin.device, twin.host);
        }
        twin.filled = true;
        return twin;
    }

    private Twin twin(MemorySegment host) {
        if (!host.isNative()) {
            throw new IllegalArgumentException(
                    "tensor of " + host.byteSize() + " bytes lies in the heap, kernels need native memory");
        }
        for (Twin twin : twins) {
            if (twin.host.address() == host.address() && twin.host.byteSize() == host.byteSize()) {
                return twin;
            }
        }
        Twin twin = new Twin(host, scratch.take(host.byteSize()));
        twins.add(twin);
        return twin;
    }

    /** Scratch of so many bytes. */
    long scratch(long bytes) {
        return scratch.take(bytes);
    }

    /** A copy of the numbers on the device. */
    long upload(int[] numbers) {
        return upload(MemorySegment.ofArray(numbers));
    }

    long upload(float[] numbers) {
        return upload(MemorySegment.ofArray(numbers));
    }

    /**
     * A copy of ordinary memory on the device; the memory may go when this returns. Little goes with the arguments of launches, for a copy
     * would end their batch.
     */
    long upload(MemorySegment memory) {
        long to = scratch.take(memory.byteSize());
        if (memory.byteSize() <= PUT_LAUNCHES_MAX * PUT_BYTES && memory.byteSize() % Integer.BYTES == 0) {
            put(to, memory);
        } else {
            staging.toDevice(to, memory);
        }
        return to;
    }

    private void put(long to, MemorySegment memory) {
        Arguments own = new Arguments(); // the others may be half filled
        for (long at = 0; at < memory.byteSize(); at += PUT_BYTES) {
            long bytes = Math.min(PUT_BYTES, memory.byteSize() - at);
            MemorySegment numbers = MemorySegment.ofArray(new int[PUT_NUMBERS]);
            MemorySegment.copy(memory, at, numbers, 0, bytes);
            own.clear().wide(to + at).structure(numbers).integer(Math.toIntExact(bytes / Integer.BYTES));
            launch(CudaMemory.MEMORY, "put", PUT_GRID, own);
        }
    }

    /** From ordinary memory, which may go when this returns. */
    void copyToDevice(long to, MemorySegment from) {
        staging.toDevice(to, from);
    }

    /** From pinned memory, which stays as it is until its piece has been waited for. */
    void copyPinned(long to, MemorySegment from) {
        if (from.byteSize() > 0) {
            stream.copyToDevice(to, from);
        }
    }

    /** All copies with a piece of pinned memory have been given. */
    void given(PinnedPiece piece) {
        piece.given(stream);
    }

    void copyOnDevice(long to, long from, long bytes) {
        stream.copyOnDevice(to, from, bytes);
    }

    void zero(long at, long bytes) {
        stream.zero(at, bytes);
    }

    /** Waits for all kernels and copies from the device. */
    void download(long from, MemorySegment to) {
        staging.toHost(to, from);
        staging.await();
    }

    /** The stream for another library's work, which comes after all that was given so far. */
    MemorySegment stream(String work) {
        return stream.handle(work);
    }

    /** What is launched next works with these weights and, whenever the caller comes here again, with no others. */
    void mark(CudaMatrix weights) {
        stream.mark(weights.parts().getFirst().codes());
    }

    /** For the arguments of the next launch. */
    Arguments arguments() {
        return arguments.clear();
    }

    void launch(KernelSource source, String kernel, Grid grid, Arguments filled) {
        stream.launch(gpu.modules().function(source, kernel), grid, filled);
    }

    /** A thread for each of {@code count} elements; nothing where there is none. */
    void launchOver(long count, KernelSource source, String kernel, Arguments filled) {
        if (count > 0) {
            launch(
                    source,
                    kernel,
                    new Grid(Math.toIntExact(Math.ceilDiv(count, (long) THREADS)), 1, 1, THREADS),
                    filled);
        }
    }

    /** A block for each of {@code rows} rows; nothing where there is none. */
    void launchRows(long rows, KernelSource source, String kernel, Arguments filled) {
        if (rows > 0) {
            launch(source, kernel, new Grid(Math.toIntExact(rows), 1, 1, THREADS), filled);
        }
    }

    /** Brings results back to the host, and waits for them where there are any. */
    void finish() {
        for (Twin twin : twins) {
            if (twin.written && twin.host.byteSize() > 0) {
                staging.toHost(twin.host, twin.device);
                copiesBack = true;
            }
        }
        if (copiesBack) {
            staging.await();
        }
    }
}
