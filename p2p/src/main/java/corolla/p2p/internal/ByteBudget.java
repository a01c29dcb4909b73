package corolla.p2p.internal;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that many readers together may hold for messages which are still arriving. Thread-safe. */
public final class ByteBudget {
    private final long bytesMax;
    private final AtomicLong held = new AtomicLong();

    public ByteBudget(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Takes {@code bytes}, or nothing when they are not to be had. */
    boolean tryTake(long bytes) {
        if (held.addAndGet(bytes) <= bytesMax) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        held.addAndGet(-bytes);
    }

    /** Bytes in use. */
    public long held() {
        return held.get();
    }

    long bytesMax() {
        return bytesMax;
    }
}
