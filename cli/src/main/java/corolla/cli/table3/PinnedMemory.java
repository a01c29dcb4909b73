package corolla.cli.table3;

import corolla.tensor.HostBus;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The host's memory, which a device reads by itself over its bus: what a device's memory is offloaded to. A block's weights are on their way while the
 * block before computes: there are two buffers on the device.
 */
final class PinnedMemory implements SlowMemory {
    /** Blocks' worth of the device's memory that come and go. */
    static final int BUFFERS = 2;

    private final Arena arena;
    private final HostBus bus;
    private final List<Tensor> buffers;

    private PinnedMemory(Arena arena, HostBus bus, List<Tensor> buffers) {
        this.arena = arena;
        this.bus = bus;
        this.buffers = buffers;
    }

    /**
     * Reads weights of some blocks from a file.
     *
     * @param memory of a device
     * @throws corolla.tensor.DeviceException when there is not enough of it, or of the host's
     */
    @SuppressWarnings("MustBeClosedChecker") // what is returned owns the arena
    static PinnedMemory of(KernelMemory memory, Path weights, long blockBytes) throws IOException {
        Arena arena = Arena.ofShared();
        HostBus bus = null;
        try (FileChannel file = FileChannel.open(weights);
                Arena passing = Arena.ofConfined()) {
            MemorySegment mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), passing);
            bus = memory.bus(file.size()).orElseThrow();
            bus.host().copyFrom(mapped);
            List<Tensor> buffers = new ArrayList<>();
            for (int i = 0; i < BUFFERS; i++) {
                buffers.add(bus.allocate(arena, blockBytes));
            }
            return new PinnedMemory(arena, bus, List.copyOf(buffers));
        } catch (IOException | RuntimeException | Error failed) {
            if (bus != null) {
                bus.close();
            }
            arena.close();
            throw failed;
        }
    }

    @Override
    public void begin(int block) {
        Tensor buffer = buffers.get(block % BUFFERS);
        long bytes = buffer.data().byteSize();
        bus.bring(block % (bus.host().byteSize() / bytes) * bytes, buffer);
    }

    @Override
    public void await() {
        bus.await();
    }

    @Override
    public void close() {
        bus.close();
        arena.close();
    }
}
