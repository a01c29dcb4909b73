package corolla.model.weights;

import corolla.base.task.Sharing;
import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint in which the matrices of one block are quantised: out of the cache, or made a tensor at a time when they are asked
 * for where there is no cache. Confined to one thread. Borrows the checkpoint; tensors outlive it.
 */
final class QuantisedBlock implements Checkpoint {
    private static final System.Logger LOG = System.getLogger(QuantisedBlock.class.getName());

    /** Rows that are quantised in one go: some milliseconds of work. */
    private static final long PIECE_ROWS = 32;

    private final Checkpoint source;
    private final BlockLayoutOnDisk layout;
    private final DType dtype;
    private final Sharing sharing;
    private final @Nullable QuantisedFile file;

    private QuantisedBlock(
            Checkpoint source, BlockLayoutOnDisk layout, DType dtype, Sharing sharing, @Nullable QuantisedFile file) {
        this.source = source;
        this.layout = layout;
        this.dtype = dtype;
        this.sharing = sharing;
        this.file = file;
    }

    static QuantisedBlock open(
            Checkpoint source, int block, DType dtype, Optional<QuantisedCache> cache, Sharing sharing)
            throws IOException {
        BlockLayoutOnDisk layout = BlockLayoutOnDisk.of(source, block, dtype);
        QuantisedBlock made = new QuantisedBlock(source, layout, dtype, sharing, null);
        if (cache.isEmpty()) {
            return made;
        }
        try {
            String key = Fingerprint.of(source, layout);
            return new QuantisedBlock(
                    source, layout, dtype, sharing, cache.get().open(key, layout, made::quantise));
        } catch (CheckpointException broken) {
            throw broken;
        } catch (IOException unwritable) {
            LOG.log(
                    Level.WARNING,
                    "quantised block {0} is not kept on disk, the next start makes it again: {1}",
                    block,
                    unwritable.getMessage());
            return made;
        }
    }

    @Override
    public ModelConfig config() {
        return source.config();
    }

    @Override
    public Path path() {
        return source.path();
    }

    @Override
    public Set<String> names() {
        return source.names();
    }

    @Override
    public Optional<TensorInfo> find(String name) throws IOException {
        Optional<TensorInfo> stored = source.find(name);
        return layout.find(name).isEmpty()
                ? stored
                : stored.map(info -> new TensorInfo(info.name(), dtype, info.shape()));
    }

    @Override
    public Tensor read(String name, Arena arena) throws IOException {
        Optional<BlockLayoutOnDisk.Entry> entry = layout.find(name);
        if (entry.isEmpty()) {
            return source.read(name, arena);
        }
        if (file != null) {
            return new Tensor(file.map(entry.get(), arena), dtype, entry.get().shape());
        }
        Tensor quantised = Tensor.allocate(arena, dtype, entry.get().shape().toArray());
        quantise(entry.get(), quantised.data());
        return quantised;
    }

    /** Reads, quantises and lets go of one tensor. */
    private void quantise(BlockLayoutOnDisk.Entry entry, MemorySegment target) throws IOException {
        Tensor quantised = new Tensor(target, dtype, entry.shape());
        try (Arena passing = Arena.ofShared()) {
            Tensor stored = source.read(entry.name(), passing);
            BlockScales scales =
                    BlockScales.read(source, new TensorInfo(entry.name(), entry.stored(), entry.shape()), passing);
            sharing.run(Math.ceilDiv(stored.rows(), PIECE_ROWS), piece -> {
                float[] row = new float[Math.toIntExact(stored.columns())];
                long end = Math.min(stored.rows(), (piece + 1) * PIECE_ROWS);
                for (long i = piece * PIECE_ROWS; i < end; i++) {
                    scales.decodeRow(stored, i, row);
                    encode(row, quantised, i, entry.name());
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("stopped while " + entry.name() + " of " + path() + " was quantised");
        } catch (InternalError cut) { // how the JVM tells that a mapped page is gone
            throw new CheckpointException(
                    path() + ": tensor " + entry.name()
                            + " cannot be read: the file was cut or its disk failed while it was in use",
                    cut);
        }
    }

    private void encode(float[] row, Tensor quantised, long index, String name) throws CheckpointException {
        try {
            Elements.encodeRow(row, quantised, index);
        } catch (IllegalArgumentException notFinite) {
            throw new CheckpointException(
                    path() + ": tensor " + name + ", row " + index + ": " + notFinite.getMessage()
                            + ": the checkpoint is damaged, fetch it again",
                    notFinite);
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
