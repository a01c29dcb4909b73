package corolla.model.weights;

import corolla.model.family.Families;
import corolla.model.family.TensorNames;
import corolla.model.family.TensorRole;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

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
    private static final String WEIGHT = ".weight";
    private static final List<TensorRole> EXCEPT = List.of(
            TensorRole.ROUTER,
            TensorRole.KEY_VALUE_FROM_LATENT,
            TensorRole.KEY_FROM_LATENT,
            TensorRole.VALUE_FROM_LATENT);

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

    /** The linear layers of a block, routers aside: those are small, and choose experts by small differences. */
    static BlockLayoutOnDisk of(Checkpoint checkpoint, int block, DType dtype) throws IOException {
        TensorNames tensors = Families.of(checkpoint.config().modelType()).tensors();
        String prefix = tensors.block(block);
        List<String> names = checkpoint.names().stream()
                .filter(stored -> stored.startsWith(prefix) || stored.contains("." + prefix))
                .map(stored -> stored.substring(stored.indexOf(prefix)))
                .filter(name -> isLinear(name, prefix, tensors))
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

    /** What makes keys and values of latents is taken apart by columns too, which rows with a scale each do not bear. */
    private static boolean isLinear(String name, String prefix, TensorNames tensors) {
        return (name.endsWith(WEIGHT) || isStackedExperts(name, prefix, tensors))
                && EXCEPT.stream()
                        .filter(tensors::has)
                        .noneMatch(role -> name.equals(prefix + tensors.of(role) + WEIGHT));
    }

    /** All experts in a tensor for gates and ups and one for the way back; not gpt-oss's, whose rows are no outputs. */
    private static boolean isStackedExperts(String name, String prefix, TensorNames tensors) {
        return Stream.of(TensorRole.STACKED_GATE_UP, TensorRole.STACKED_DOWN)
                .filter(tensors::has)
                .anyMatch(role -> name.equals(prefix + tensors.of(role)));
    }

    Optional<Entry> find(String name) {
        return entries.stream().filter(entry -> entry.name.equals(name)).findAny();
    }
}
