package corolla.model.source;

/** Counts over all files of a fetch, so that one bar shows it. Confined to one thread. */
final class Tally {
    private final String label;
    private final SourceProgress progress;
    private final long bytesTotal;
    private long bytesBefore;

    /** @param bytesTotal of all files */
    Tally(String label, SourceProgress progress, long bytesTotal) {
        this.label = label;
        this.progress = progress;
        this.bytesTotal = bytesTotal;
    }

    /** So many bytes of the present file are there. */
    void tell(long bytes) {
        progress.fetched(label, Math.min(bytesBefore + bytes, bytesTotal), bytesTotal);
    }

    /** The present file has ended. */
    void add(long bytes) {
        bytesBefore += bytes;
        tell(0);
    }
}
