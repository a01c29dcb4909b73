package corolla.server.adapter;

import corolla.model.block.StackAdapter;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** An adapter that stays in memory until this is closed, removed or not; or none, for the plain model. Thread-safe. */
public final class AdapterLease implements AutoCloseable {
    /** The plain model. */
    public static final AdapterLease NONE = new AdapterLease(null, () -> {});

    private final @Nullable StackAdapter adapter;
    private final Runnable end;
    private final AtomicBoolean closed = new AtomicBoolean();

    AdapterLease(@Nullable StackAdapter adapter, Runnable end) {
        this.adapter = adapter;
        this.end = end;
    }

    /** Borrowed; null for the plain model. */
    public @Nullable StackAdapter adapter() {
        return adapter;
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            end.run();
        }
    }
}
