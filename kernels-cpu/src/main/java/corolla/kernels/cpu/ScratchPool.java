package corolla.kernels.cpu;

import corolla.base.compute.Member;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lends {@link Scratch} to members. A member usually gets back what it had, with warm caches; where two teams meet at one
 * index, one of them takes a spare. There are never more than members at work at once. Thread-safe.
 */
final class ScratchPool implements AutoCloseable {
    private static final int SLOTS = 64;

    private final Supplier<Scratch> create;
    private final AtomicReferenceArray<@Nullable Scratch> slots = new AtomicReferenceArray<>(SLOTS);
    private final Queue<Scratch> spares = new ConcurrentLinkedQueue<>();

    ScratchPool(Supplier<Scratch> create) {
        this.create = create;
    }

    Scratch take(Member me) {
        Scratch own = slots.getAndSet(me.index() % SLOTS, null);
        if (own != null) {
            return own;
        }
        Scratch spare = spares.poll();
        return spare != null ? spare : create.get();
    }

    void give(Member me, Scratch scratch) {
        Scratch other = slots.getAndSet(me.index() % SLOTS, scratch);
        if (other != null) {
            spares.add(other);
        }
    }

    /** Closes what is not lent; nothing may be. */
    @Override
    public void close() {
        for (int i = 0; i < SLOTS; i++) {
            Scratch scratch = slots.getAndSet(i, null);
            if (scratch != null) {
                scratch.close();
            }
        }
        for (Scratch spare = spares.poll(); spare != null; spare = spares.poll()) {
            spare.close();
        }
    }
}
