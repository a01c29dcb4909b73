package corolla.model.weights;

import corolla.tensor.DType;
import corolla.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which tensors of a block are quantised, and where each lies in the block's file: sorted by name, one after another, each at a
 * multiple of 64 bytes. Immutable.
 *
 * @param entries in order
 * @param dtype what they become
 * @param bytes where the last one ends
 */
record BlockLayoutOnDisk(List<Entry> entries, DType dtype, long bytes) {
    private static final long ALIGNMENT = 64;

    /** Types that hold weights: what else is in a checkpoint is packed in a way of its own. */
    private static final Set<DType> NOT_WEIGHTS =
            Set.of(DType.I8, DType.U8, DType.I16, DType.I32, DType.I64, DType.BOOL, DType.INT8, DType.NF4);

    /**
     * One tensor.
     *
     * @param name as a model asks for it
     * @param stored its type in the checkpoint
     */
    record Entry(String name, DType stored, Shape shape, long offset, long bytes) {}

    BlockLayoutOnDisk {
        entries = List.copyOf(entries);
    }

    /** @param prefix of the block's tensors, as {@link corolla.model.family.TensorNames#block} gives it */
    static BlockLayoutOnDisk of(Checkpoint checkpoint, String prefix, DType dtype) throws IOException {
        List<String> names = checkpoint.names().stream()
                .filter(stored -> stored.startsWith(prefix) || stored.contains("." + prefix))
                .map(stored -> stored.substring(stored.indexOf(prefix)))
                .filter(BlockLayoutOnDisk::isLinear)
                .distinct()
                .sorted()
                .toList();
        List<Entry> entries = new ArrayList<>();
        long at = 0;
        for (String name : names) {
            TensorInfo info = checkpoint.find(name).orElse(null);
            if (info != null && info.shape().rank() >= 2 && !NOT_WEIGHTS.contains(info.dtype())) {
                long bytes = dtype.bytes(info.shape());
                entries.add(new Entry(name, info.dtype(), info.shape(), at, bytes));
                at = Math.addExact(at, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
            }
        }
        return new BlockLayoutOnDisk(entries, dtype, at);
    }

    /** Routers choose experts by small differences, and are small: they stay as they are. */
    private static boolean isLinear(String name) {
        return !name.endsWith(".bias") && !name.endsWith(".gate.weight") && !name.endsWith(".router.weight");
    }

    Optional<Entry> find(String name) {
        return entries.stream().filter(entry -> entry.name.equals(name)).findAny();
    }
}
