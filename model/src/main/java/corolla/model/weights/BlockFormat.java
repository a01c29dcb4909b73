package corolla.model.weights;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How the blocks of a model are kept in memory. Immutable.
 *
 * @param type of what is not quantised
 * @param quantisation of the blocks' matrices; embeddings and head never are
 * @param cache where quantised blocks are kept on disk, for the next start; empty: they are made anew each time, in memory
 */
public record BlockFormat(WeightsType type, Quantisation quantisation, Optional<QuantisedCache> cache) {

    /** Not quantised. */
    public static BlockFormat of(WeightsType type) {
        return new BlockFormat(type, Quantisation.NONE, Optional.empty());
    }

    /**
     * Quantised, and kept in a folder.
     *
     * @param cacheFolder the program's; gets a folder for quantised blocks
     * @param bytesMax what they may take together
     */
    public static BlockFormat of(WeightsType type, Quantisation quantisation, Path cacheFolder, long bytesMax) {
        return new BlockFormat(
                type, quantisation, Optional.of(new QuantisedCache(cacheFolder.resolve("quantised"), bytesMax)));
    }

    /** A view of a checkpoint through which a block is loaded; the caller closes the view, and later the checkpoint. */
    public Checkpoint view(Checkpoint checkpoint, int block) throws IOException {
        return quantisation.dtype().isEmpty()
                ? new BorrowedCheckpoint(checkpoint)
                : QuantisedBlock.open(checkpoint, block, quantisation.dtype().get(), cache);
    }
}
