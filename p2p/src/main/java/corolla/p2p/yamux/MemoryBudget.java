package corolla.p2p.yamux;

import java.util.concurrent.atomic.AtomicLong;

/** A number of bytes that several connections share. Thread-safe. */
public final class MemoryBudget {
    private final long bytesMax;
    private final AtomicLong used = new AtomicLong();

    public MemoryBudget(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Takes {@code bytes} of the budget, or nothing when it does not have so many left. */
    boolean reserve(long bytes) {
        if (used.addAndGet(bytes) <= bytesMax) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void release(long bytes) {
        used.addAndGet(-bytes);
    }

    /** What is taken now. */
    public long used() {
        return used.get();
    }
}
