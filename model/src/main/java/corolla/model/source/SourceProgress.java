package corolla.model.source;

/** Is told how a download goes. Called from the thread that resolves. */
@FunctionalInterface
public interface SourceProgress {

    SourceProgress SILENT = (file, bytes, bytesTotal) -> {};

    /**
     * Called a few times a second at most, and at the end of each file.
     *
     * @param file what is fetched
     * @param bytes how much is there
     * @param bytesTotal how much there will be; -1 when unknown
     */
    void fetched(String file, long bytes, long bytesTotal);
}
