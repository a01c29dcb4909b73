package corolla.server.scheduler;

/** What goes first. */
public enum Priority {
    /** Somebody waits for a token. */
    INFERENCE,
    /** Forward and backward of training, which counts throughput. */
    BATCH
}
