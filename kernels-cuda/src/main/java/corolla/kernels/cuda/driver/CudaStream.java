package corolla.kernels.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * What is given to a stream runs in its order, after the call that gave it has returned. Launches are collected: the driver gets them as a batch,
 * which is a graph from its second time on, before anything else is given, when somebody waits, and when the batch is full. Confined to whoever
 * holds its owner's lock; close it after its work.
 */
public final class CudaStream implements AutoCloseable {
    /** CU_STREAM_NON_BLOCKING: does not wait for others' default streams. */
    static final int NON_BLOCKING = 1;

    private final CudaDevice device;
    private final CudaDriver driver;
    private final MemorySegment handle;
    private final Arena arena;
    private final LaunchMemory memory;
    private final LaunchBatch batch;
    private final GraphStore graphs;
    private String last = "nothing";

    @SuppressWarnings("MustBeClosedChecker") // owns the arena
    CudaStream(CudaDevice device, CudaDriver driver, MemorySegment handle, BatchLimits limits) {
        this.device = device;
        this.driver = driver;
        this.handle = handle;
        this.arena = Arena.ofShared();
        this.memory = new LaunchMemory(arena);
        this.batch = new LaunchBatch(limits.launchesMax());
        this.graphs = new GraphStore(device, driver, limits);
    }

    public void launch(CudaFunction function, Grid grid, Arguments arguments) {
        last = function.name();
        batch.add(Launch.of(function, grid, arguments));
        if (batch.isFull()) {
            giveBatch();
        }
    }

    /**
     * Tells the batch at hand from others that launch the same kernels on the same grids, so that each has a graph whose arguments seldom change.
     *
     * @param number an address of weights, for example
     */
    public void mark(long number) {
        batch.mark(number);
    }

    /** The driver has all launches when this returns. */
    private void giveBatch() {
        try {
            List<Launch> launches = batch.launches();
            if (launches.isEmpty()) {
                return;
            }
            device.enter();
            Optional<CudaGraph> graph = graphs.find(batch, memory);
            if (graph.isPresent()) {
                graph.get().launch(launches, handle, memory);
            } else {
                launches.forEach(
                        launch -> driver.launch(launch.function(), launch.grid(), handle, memory.arguments(launch)));
            }
        } finally {
            batch.clear();
        }
    }

    private void giveBatchAndEnter() {
        giveBatch();
        device.enter();
    }

    /**
     * Where another library gives its work: all that was given so far comes before it.
     *
     * @param work its name, for messages
     */
    public MemorySegment handle(String work) {
        giveBatchAndEnter();
        last = work;
        return handle;
    }

    /** Copies to the device. Pinned memory must stay as it is until the copy has run; of other memory the driver takes a copy first. */
    public void copyToDevice(long to, MemorySegment from) {
        giveBatchAndEnter();
        driver.copyToDevice(to, from, from.byteSize(), handle);
    }

    public void copyToHost(MemorySegment to, long from) {
        giveBatchAndEnter();
        driver.copyToHost(to, from, to.byteSize(), handle);
    }

    public void copyOnDevice(long to, long from, long bytes) {
        giveBatchAndEnter();
        driver.copyOnDevice(to, from, bytes, handle);
    }

    public void zero(long at, long bytes) {
        giveBatchAndEnter();
        driver.fill(at, (byte) 0, bytes, handle);
    }

    /**
     * Memory of the device's pool for work that is given from now on.
     *
     * @return its address; {@link #free} takes it
     * @throws CudaException when there is not enough
     */
    public long allocate(long bytes) {
        device.enter();
        return driver.allocateInOrder(bytes, handle);
    }

    /** Frees what {@link #allocate} returned, after the work that was given so far; nobody waits. */
    public void free(long address) {
        try {
            giveBatch();
        } finally {
            device.enter();
            driver.freeInOrder(address, handle);
        }
    }

    /** The event is after all that was given so far. */
    public void record(CudaEvent event) {
        giveBatchAndEnter();
        event.record(handle, last);
    }

    /**
     * Waits until all that was given has run.
     *
     * @throws CudaException when some of it failed; the message names the last work, which is not always the one that did
     */
    public void synchronize() {
        giveBatchAndEnter();
        driver.synchronize(handle, () -> "work up to " + last + " on " + device.name());
    }

    @Override
    public void close() {
        graphs.close();
        device.release(() -> driver.destroyStream(handle));
        arena.close();
    }
}
