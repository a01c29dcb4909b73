package corolla.kernels.cuda;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.driver.Arguments;
import corolla.kernels.cuda.driver.Grid;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.ToLongFunction;

/** Rotation and attention of one call, forward and backward, as launches. Thread-safe. */
final class CudaAttention {
    private static final KernelSource ROTATION = KernelSource.of("heads.cu", "rotation.cu");
    private static final int WARP = 32;
    private static final int WARPS = Operation.THREADS / WARP;

    /** Positions whose results are merged as one, as {@code attention.cu} has it. */
    private static final int PART = 512;

    /** Elements of a value, or of a key, in a lane: the kernels come with powers of two. */
    private static final int SLOTS_MAX = 32;

    /** From so many slots on, a warp has one query. */
    private static final int ONE_QUERY_SLOTS = 5;

    private static final long SEQUENCE_BYTES = 32;

    /** The structure {@code Sequences}: where many are, one, how many. */
    private static final int SEQUENCES_LONGS = 6;

    private static final long ONE_OFFSET = 8;
    private static final long COUNT_OFFSET = 40;

    /** Blocks that keep a multiprocessor busy: with fewer, the parts of long caches are worked on side by side. */
    private static final int BLOCKS_A_MULTIPROCESSOR = 4;

    private static final int NARROW_MAX = 65535;

    private final Gpu gpu;
    private final int multiprocessors;

    CudaAttention(Gpu gpu) {
        this.gpu = gpu;
        this.multiprocessors = gpu.device().multiprocessors();
    }

    /** Kernels for vectors of this size. */
    private static KernelSource source(String file, int size) {
        return KernelSource.of("heads.cu", file).with("SLOTS=" + slots(size));
    }

    private static int slots(int size) {
        int needed = Math.ceilDiv(size, WARP);
        if (needed > SLOTS_MAX) {
            throw new IllegalArgumentException(
                    "attention with keys or values of " + size + ", at most " + SLOTS_MAX * WARP);
        }
        return needed == 1 ? 1 : 2 * Integer.highestOneBit(needed - 1);
    }

    void rotate(AttentionCall call) {
        gpu.run(operation -> {
            MemorySegment sequences = sequences(operation, call, operation::update);
            Arguments arguments = operation
                    .arguments()
                    .structure(sequences)
                    .integers(heads(call.layout()))
                    .wide(operation.update(call.qkv()));
            append(operation, arguments, call);
            operation.launch(ROTATION, "rotate", rotationGrid(call), arguments);
        });
    }

    void rotateBackward(AttentionBackwardCall backward) {
        AttentionCall call = backward.forward();
        gpu.run(operation -> {
            MemorySegment sequences = sequences(operation, call, ignored -> 0);
            Arguments arguments = operation
                    .arguments()
                    .structure(sequences)
                    .integers(heads(call.layout()))
                    .wide(operation.update(backward.dQkv()))
                    .wide(operation.read(backward.unnormed()));
            append(operation, arguments, call);
            operation.launch(ROTATION, "rotateBackward", rotationGrid(call), arguments);
        });
    }

    /** The rotation and the norms of a layer. */
    private static void append(Operation operation, Arguments arguments, AttentionCall call) {
        RopeTable rope = call.rope();
        HeadNorms norms = call.layer().norms();
        arguments
                .wide(operation.read(rope == null ? null : rope.cosines()))
                .wide(operation.read(rope == null ? null : rope.sines()))
                .integer(rope == null ? 0 : rope.rotated())
                .integer(rope != null && rope.pairing() == RopeTable.Pairing.NEIGHBOURS ? 1 : 0)
                .wide(operation.read(norms == null ? null : norms.query()))
                .wide(operation.read(norms == null ? null : norms.key()))
                .real(norms == null ? 0 : norms.epsilon());
    }

    private static Grid rotationGrid(AttentionCall call) {
        int rows = Math.toIntExact(call.qkv().rows());
        int layers = Math.ceilDiv(rows, NARROW_MAX);
        return new Grid(
                Math.ceilDiv(call.layout().count(), WARPS), Math.ceilDiv(rows, layers), layers, Operation.THREADS);
    }

    void attention(AttentionCall call) {
        gpu.run(operation -> {
            AttentionHeads layout = call.layout();
            int group = layout.queries() / layout.keyValues();
            List<Sequence> sequences = call.sequences();
            int queries =
                    group * sequences.stream().mapToInt(Sequence::tokens).max().orElseThrow();
            int end = sequences.stream()
                    .mapToInt(sequence -> sequence.position() + sequence.tokens())
                    .max()
                    .orElseThrow();
            boolean many = queries > WARPS && slots(layout.valueSize()) < ONE_QUERY_SLOTS;
            int blocks = Math.ceilDiv(queries, WARPS * (many ? 4 : 1));
            int parts = parts(layout, sequences.size(), blocks, end);
            long rows = call.qkv().rows();
            long partial = parts == 0
                    ? 0
                    : operation.scratch(parts * rows * layout.queries() * (layout.valueSize() + 2L) * Float.BYTES);
            MemorySegment described = sequences(operation, call, operation::read);
            Grid grid = new Grid(blocks, layout.keyValues(), sequences.size() * Math.max(1, parts), Operation.THREADS);
            Attention attention = new Attention(call, described, partial, parts);
            KernelSource source = source("attention.cu", layout.valueSize());
            operation.launch(source, many ? "attendMany" : "attendOne", grid, attention.arguments(operation));
            if (parts > 0) {
                Grid merging =
                        new Grid(Math.ceilDiv(layout.queries(), WARPS), Math.toIntExact(rows), 1, Operation.THREADS);
                operation.launch(source, "merge", merging, attention.arguments(operation));
            }
        });
    }

    /** How many parts of caches blocks work on side by side; 0 where there are blocks enough without. */
    private int parts(AttentionHeads layout, int sequences, int blocks, int end) {
        int parts = Math.ceilDiv(end, PART);
        boolean busy =
                (long) sequences * blocks * layout.keyValues() >= (long) BLOCKS_A_MULTIPROCESSOR * multiprocessors;
        return parts == 1 || busy || (long) parts * sequences > NARROW_MAX ? 0 : parts;
    }

    void attentionBackward(AttentionBackwardCall backward) {
        AttentionCall call = backward.forward();
        AttentionHeads layout = call.layout();
        gpu.run(operation -> {
            int tokens =
                    call.sequences().stream().mapToInt(Sequence::tokens).max().orElseThrow();
            int group = layout.queries() / layout.keyValues();
            int sequences = call.sequences().size();
            Tensor biases = call.layer().biases();
            long softmax = operation.scratch(3L * call.qkv().rows() * layout.queries() * Float.BYTES);
            MemorySegment described = sequences(operation, call, operation::read);
            KernelSource source = source("attentionBackward.cu", Math.max(layout.keySize(), layout.valueSize()));
            Arguments arguments = operation
                    .arguments()
                    .structure(described)
                    .integers(heads(layout))
                    .real(call.scale())
                    .integer(call.window())
                    .wide(operation.read(call.qkv()))
                    .wide(operation.read(backward.dOut()))
                    .wide(operation.write(backward.dQkv()))
                    .wide(operation.read(biases))
                    .wide(biases == null ? 0 : biases.columns())
                    .wide(operation.read(call.layer().sinks()))
                    .wide(softmax);
            int kvHeads = layout.keyValues();
            Grid queries = new Grid(Math.ceilDiv(tokens * group, WARPS), kvHeads, sequences, Operation.THREADS);
            operation.launch(source, "backwardQueries", queries, arguments);
            Grid keys = new Grid(Math.ceilDiv(tokens, WARPS), kvHeads, sequences, Operation.THREADS);
            operation.launch(source, "backwardKeys", keys, arguments);
        });
    }

    /** What the kernels of attention take. */
    private record Attention(AttentionCall call, MemorySegment sequences, long partial, int parts) {
        Arguments arguments(Operation operation) {
            Tensor biases = call.layer().biases();
            return operation
                    .arguments()
                    .structure(sequences)
                    .integers(heads(call.layout()))
                    .real(call.scale())
                    .integer(call.window())
                    .wide(operation.read(call.qkv()))
                    .wide(operation.write(call.out()))
                    .wide(operation.read(biases))
                    .wide(biases == null ? 0 : biases.columns())
                    .wide(operation.read(call.layer().sinks()))
                    .wide(partial)
                    .integer(parts)
                    .wide(call.qkv().rows());
        }
    }

    private static int[] heads(AttentionHeads layout) {
        return new int[] {
            layout.queries(),
            layout.keyValues(),
            layout.keySize(),
            layout.valueSize(),
            layout.values() == AttentionHeads.Values.OWN ? 1 : 0
        };
    }

    /**
     * The structure {@code Sequences}: a single one goes with the arguments of a launch, so that decoding one session copies nothing; many go before
     * it.
     */
    private static MemorySegment sequences(Operation operation, AttentionCall call, ToLongFunction<Tensor> caches) {
        List<Sequence> all = call.sequences();
        MemorySegment structure = MemorySegment.ofArray(new long[SEQUENCES_LONGS]);
        structure.set(ValueLayout.JAVA_INT, COUNT_OFFSET, all.size());
        if (all.size() == 1) {
            describe(all.getFirst(), structure.asSlice(ONE_OFFSET, SEQUENCE_BYTES), caches);
            return structure;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment array = arena.allocate(SEQUENCE_BYTES * all.size(), 8);
            for (int i = 0; i < all.size(); i++) {
                describe(all.get(i), array.asSlice(SEQUENCE_BYTES * i, SEQUENCE_BYTES), caches);
            }
            structure.set(ValueLayout.JAVA_LONG, 0, operation.upload(array));
        }
        return structure;
    }

    private static void describe(Sequence sequence, MemorySegment to, ToLongFunction<Tensor> caches) {
        to.set(ValueLayout.JAVA_INT, 0, sequence.row());
        to.set(ValueLayout.JAVA_INT, 4, sequence.tokens());
        to.set(ValueLayout.JAVA_INT, 8, sequence.position());
        to.set(ValueLayout.JAVA_INT, 12, Math.toIntExact(sequence.keys().shape().size(1)));
        to.set(ValueLayout.JAVA_LONG, 16, caches.applyAsLong(sequence.keys()));
        to.set(ValueLayout.JAVA_LONG, 24, caches.applyAsLong(sequence.values()));
    }
}
