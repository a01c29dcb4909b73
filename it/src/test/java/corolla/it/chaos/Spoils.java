package corolla.it.chaos;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a server is to do wrong next. Thread-safe. */
final class Spoils {
    private final AtomicReference<@Nullable Spoil> next = new AtomicReference<>();

    /** The next answer is wrong in this way, and only that one. */
    void arm(Spoil spoil) {
        next.set(spoil);
    }

    /** What is to be done wrong now, if it is one of these; it is not told again. */
    @Nullable
    Spoil take(Predicate<Spoil> which) {
        Spoil armed = next.get();
        return armed != null && which.test(armed) && next.compareAndSet(armed, null) ? armed : null;
    }
}
