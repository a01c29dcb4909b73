package corolla.server.cache;

/** Room that was granted. Thread-safe; {@link #close} gives it back, once. */
public interface CacheLease extends AutoCloseable {

    long bytes();

    @Override
    void close();
}
