package corolla.model.weights;

import corolla.base.task.Sharing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How the blocks of a model are kept in memory. Immutable.
 *
 * @param type of what is not quantised
 * @param quantisation of the blocks' matrices; embeddings and head never are
 * @param cache where quantised blocks are kept on disk, for the next start; empty: they are made anew each time, in memory
 * @param sharing how rows are quantised
 */
public record BlockFormat(
        WeightsType type, Quantisation quantisation, Optional<QuantisedCache> cache, Sharing sharing) {

    /** Not quantised. */
    public static BlockFormat of(WeightsType type) {
        return of(type, Quantisation.NONE);
    }

    /** Quantised in memory, anew each time. */
    public static BlockFormat of(WeightsType type, Quantisation quantisation) {
        return new BlockFormat(type, quantisation, Optional.empty(), Sharing.ALONE);
    }

    /**
     * Quantised, and kept in a folder.
     *
     * @param cacheFolder the program's; gets a folder for quantised blocks
     * @param bytesMax what they may take together
     */
    public static BlockFormat of(WeightsType type, Quantisation quantisation, Path cacheFolder, long bytesMax) {
        var cache = new QuantisedCache(cacheFolder.resolve("quantised"), bytesMax);
        return new BlockFormat(type, quantisation, Optional.of(cache), Sharing.ALONE);
    }

    /** The same, with rows quantised beside each other. */
    public BlockFormat shared(Sharing among) {
        return new BlockFormat(type, quantisation, cache, among);
    }

    /** A view of a checkpoint through which a block is loaded; the caller closes the view, and later the checkpoint. */
    public Checkpoint view(Checkpoint checkpoint, int block) throws IOException {
        return quantisation.dtype().isEmpty()
                ? new BorrowedCheckpoint(checkpoint)
                : QuantisedBlock.open(checkpoint, block, quantisation.dtype().get(), cache, sharing);
    }
}
