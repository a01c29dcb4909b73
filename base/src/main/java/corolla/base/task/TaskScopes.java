package corolla.base.task;

/** The only door to threads. Thread-safe. */
public interface TaskScopes {

    /**
     * Opens a scope; the caller owns it and closes it.
     *
     * @param name stable and speaking, for logs and traces: "dht of 12D3…Kx"
     */
    TaskScope open(String name);
}
