package corolla.cli.table3;

import corolla.base.compute.Team;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file, which the system keeps in its page cache: what a processor's memory is offloaded to. One copy on all cores takes what a block needs. Borrows
 * team and clock.
 */
final class PageCache implements SlowMemory {
    private static final long GRAIN = 1 << 12;

    private final Team team;
    private final Clock clock;
    private final Arena arena;
    private final MemorySegment file;
    private final MemorySegment buffer;

    private PageCache(Team team, Clock clock, Arena arena, MemorySegment file, MemorySegment buffer) {
        this.team = team;
        this.clock = clock;
        this.arena = arena;
        this.file = file;
        this.buffer = buffer;
    }

    /** Weights of some blocks in a file, one block's bytes after another's. */
    @SuppressWarnings("MustBeClosedChecker") // what is returned owns the arena
    static PageCache of(Team team, Clock clock, Path weights, long blockBytes) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel file = FileChannel.open(weights)) {
            MemorySegment mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
            return new PageCache(team, clock, arena, mapped, arena.allocate(blockBytes, Tensor.ALIGNMENT));
        } catch (IOException | RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** There when it returns: the same cores copy and compute. */
    @Override
    public void begin(int block) throws IOException, InterruptedException {
        long bytes = buffer.byteSize();
        MemorySegment from = file.asSlice(block % (file.byteSize() / bytes) * bytes, bytes);
        team.run(
                me -> {
                    long at = me.shareStart(bytes, GRAIN);
                    MemorySegment.copy(from, at, buffer, at, me.shareEnd(bytes, GRAIN) - at);
                },
                Deadline.never(clock));
    }

    @Override
    public void await() {}

    @Override
    public void close() {
        arena.close();
    }
}
