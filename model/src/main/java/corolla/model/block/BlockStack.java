package corolla.model.block;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.adapter.LoraAdapter;
import corolla.model.family.ModelConfig;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * The decoder blocks {@code [start, end)} of a model: shared, read-only weights. Thread-safe. Owns the memory of its
 * blocks; close it when no call runs. Borrows the kernels.
 */
public final class BlockStack implements AutoCloseable {
    /** Rows that go through a block together: enough to keep matrix units busy, few enough for scratch to stay in cache. */
    private static final int CHUNK_ROWS_MAX = 512;

    private final ModelConfig config;
    private final int start;
    private final List<BlockWeights> blocks;
    private final Kernels kernels;
    private final PositionTables positions;
    private final ScratchPool scratch;

    private BlockStack(ModelConfig config, int start, List<BlockWeights> blocks, Kernels kernels) {
        this(
                config,
                start,
                blocks,
                kernels,
                new PositionTables(kernels.memory()),
                new ScratchPool(kernels.memory(), BlockSizes.of(config)));
    }

    private BlockStack(
            ModelConfig config,
            int start,
            List<BlockWeights> blocks,
            Kernels kernels,
            PositionTables positions,
            ScratchPool scratch) {
        this.config = config;
        this.start = start;
        this.blocks = List.copyOf(blocks);
        this.kernels = kernels;
        this.positions = positions;
        this.scratch = scratch;
    }

    /**
     * Loads blocks; touches only their part of the checkpoint, which may be closed afterwards.
     *
     * @param start first block
     * @param end block after the last
     * @throws corolla.model.family.CheckpointException when a tensor is missing or has a wrong shape
     */
    public static BlockStack load(Checkpoint checkpoint, int start, int end, WeightsType weights, Kernels kernels)
            throws IOException {
        return load(checkpoint, start, end, BlockFormat.of(weights), kernels);
    }

    /** The same with matrices that may be quantised while loading, a tensor at a time. */
    public static BlockStack load(Checkpoint checkpoint, int start, int end, BlockFormat format, Kernels kernels)
            throws IOException {
        ModelConfig config = checkpoint.config();
        Objects.checkFromToIndex(start, end, config.blockCount());
        List<BlockWeights> blocks = new ArrayList<>();
        try {
            for (int block = start; block < end; block++) {
                try (Checkpoint view = format.view(checkpoint, block)) {
                    blocks.add(BlockWeights.load(view, block, format.type(), kernels));
                }
            }
            return new BlockStack(config, start, blocks, kernels);
        } catch (IOException | RuntimeException | Error failed) {
            closeAll(blocks, List.of());
            throw failed;
        }
    }

    /**
     * Blocks for measurements of models of which not all blocks are there, or fit into memory: each is one of {@code copies} copies of the
     * checkpoint's first block, which are used in turn. The other blocks' tensors are not looked for.
     *
     * @param copies at least 1; more than there are blocks count as that many
     * @throws corolla.model.family.CheckpointException when a tensor is missing or has a wrong shape
     * @throws IllegalArgumentException when the model's blocks are not alike
     */
    public static BlockStack alike(
            Checkpoint checkpoint, int start, int end, int copies, BlockFormat format, Kernels kernels)
            throws IOException {
        ModelConfig config = checkpoint.config();
        Objects.checkFromToIndex(start, end, config.blockCount());
        if (copies < 1 || config.blocks().stream().anyMatch(block -> !block.equals(config.block(0)))) {
            throw new IllegalArgumentException(copies + " copies of the first block cannot stand for all of "
                    + checkpoint.path() + ": at least one is needed, and blocks that are alike");
        }
        List<BlockWeights> loaded = new ArrayList<>();
        try {
            for (int i = 0; i < Math.min(copies, end - start); i++) {
                try (Checkpoint view = format.view(checkpoint, 0)) {
                    loaded.add(BlockWeights.load(view, 0, format.type(), kernels));
                }
            }
        } catch (IOException | RuntimeException | Error failed) {
            closeAll(loaded, List.of());
            throw failed;
        }
        List<BlockWeights> blocks = new ArrayList<>();
        for (int block = start; block < end; block++) {
            blocks.add(loaded.get((block - start) % loaded.size()));
        }
        return new BlockStack(config, start, blocks, kernels);
    }

    /** Frees weights that none of {@code kept} shares, each once. */
    private static void closeAll(Collection<BlockWeights> gone, Collection<BlockWeights> kept) {
        List<Arena> inUse = kept.stream().map(BlockWeights::arena).toList();
        gone.stream()
                .map(BlockWeights::arena)
                .distinct()
                .filter(arena -> !inUse.contains(arena))
                .forEach(Arena::close);
    }

    /**
     * The blocks {@code [from, to)} of this stack, and nothing of the others, whose memory is freed: nobody may use them. What runs on the
     * blocks that stay goes on. The result takes over: it is closed in this one's place.
     *
     * @param to may equal {@code from}: then nothing stays
     */
    public BlockStack narrowed(int from, int to) {
        if (from < start || to > end() || from > to) {
            throw new IllegalArgumentException(
                    "blocks [" + from + ", " + to + ") of a stack of [" + start + ", " + end() + ")");
        }
        var narrowed =
                new BlockStack(config, from, blocks.subList(from - start, to - start), kernels, positions, scratch);
        closeAll(blocks, narrowed.blocks);
        return narrowed;
    }

    /**
     * The blocks of this stack and those of one that lies right before or behind it; any, where this is empty. The result takes over: it is
     * closed in both their places. What runs on this stack's blocks goes on; nothing may run on the other's yet.
     *
     * @param other of the same model and kernels
     */
    public BlockStack extended(BlockStack other) {
        boolean isBehind = other.start == end();
        if (!blocks.isEmpty() && !isBehind && other.end() != start) {
            throw new IllegalArgumentException(
                    "blocks [" + other.start + ", " + other.end() + ") do not adjoin [" + start + ", " + end() + ")");
        }
        List<BlockWeights> all = new ArrayList<>(isBehind ? blocks : other.blocks);
        all.addAll(isBehind ? other.blocks : blocks);
        int first = blocks.isEmpty() ? other.start : Math.min(start, other.start);
        other.scratch.close();
        other.positions.close();
        return new BlockStack(config, first, all, kernels, positions, scratch);
    }

    public ModelConfig config() {
        return config;
    }

    public int start() {
        return start;
    }

    /** Index after the last block; {@link #start} where a stack has been narrowed to nothing. */
    public int end() {
        return start + blocks.size();
    }

    /** Bytes of keys and values that one token of one sequence takes in one block. */
    public long cacheBytesPerToken() {
        return KvCache.bytesPerToken(config);
    }

    /** Bytes that one pass over the weights of all blocks reads. */
    public long weightBytes() {
        return blocks.stream().mapToLong(BlockWeights::bytes).sum();
    }

    /**
     * Reads what an adapter adds to these blocks; it may be closed afterwards. The caller owns the result.
     *
     * @throws corolla.model.family.CheckpointException when it does not fit the model, or changes what cannot be adapted
     */
    @SuppressWarnings("MustBeClosedChecker") // what is returned owns the arena
    public StackAdapter adapt(LoraAdapter adapter) throws IOException {
        AdapterNames names = AdapterNames.of(adapter, config);
        Arena arena = Arena.ofShared();
        try {
            var reader = new AdapterReader(adapter, names, kernels, arena);
            List<BlockAdapter> adapters = new ArrayList<>();
            for (int block = start; block < end(); block++) {
                adapters.add(reader.read(block, weights(block)));
            }
            return new StackAdapter(start, blocks, arena, adapters);
        } catch (IOException | RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** A cache for all blocks of this stack; the caller owns it. */
    public KvCache allocateCache(int batch, int tokensMax) {
        return allocateCache(start, end(), batch, tokensMax);
    }

    /** A cache for blocks {@code [from, to)}; the caller owns it. It may outlive this stack, but not the kernels' device. */
    public KvCache allocateCache(int from, int to, int batch, int tokensMax) {
        return KvCache.allocate(kernels.memory(), config, from, to, batch, tokensMax);
    }

    /**
     * Prepares a forward over blocks {@code [from, to)}: leases scratch, checks shapes. Run it on a {@link Team} and close it.
     *
     * @param hidden (rows, hiddenSize) or (batch, tokens, hiddenSize) f32, changed in place; in the host's memory, or the kernels'
     * @param parts whose rows follow each other in {@code hidden}; two may not share a cache
     * @param from absolute index of the first block
     * @param to absolute index after the last block
     */
    public ForwardCall prepare(Tensor hidden, List<Part> parts, int from, int to, BlockHook hook) {
        if (from < start || to > end() || from > to) {
            throw new IllegalArgumentException(
                    "blocks [" + from + ", " + to + ") of a stack of [" + start + ", " + end() + ")");
        }
        int rows = parts.stream().mapToInt(Part::rows).reduce(0, Math::addExact);
        if (rows == 0 || hidden.columns() != config.hiddenSize() || hidden.rows() != rows) {
            throw new IllegalArgumentException("hidden state " + hidden + " for parts of " + rows
                    + " rows and a hidden size of " + config.hiddenSize());
        }
        for (Part part : parts) {
            if (part.cache() != null) {
                part.cache().checkStep(from, to, part.position(), part.tokens());
            }
        }
        Scratch leased = scratch.lease(Math.min(rows, CHUNK_ROWS_MAX), rank(parts, from, to));
        try {
            return new ForwardCall(this, hidden.slice(0, rows), List.copyOf(parts), from, to, hook, leased);
        } catch (RuntimeException | Error failed) {
            scratch.giveBack(leased);
            throw failed;
        }
    }

    private int rank(List<Part> parts, int from, int to) {
        int rank = 0;
        for (Part part : parts) {
            StackAdapter adapter = part.adapter();
            if (adapter != null) {
                adapter.requireFor(this, from, to);
                rank = Math.max(rank, adapter.rank());
            }
        }
        return rank;
    }

    /** Prepares, runs and closes a forward of one part. */
    public void forward(Team team, Tensor hidden, Part part, int from, int to, Deadline deadline)
            throws IOException, InterruptedException {
        try (ForwardCall call = prepare(hidden, List.of(part), from, to, BlockHook.NONE)) {
            team.run(call, deadline);
        }
    }

    /**
     * Prepares a backward over some of the blocks: allocates {@link BackwardCall#bytes}. Run its steps on a {@link Team} and
     * close it.
     *
     * @throws IllegalArgumentException when the request does not fit these blocks
     */
    public BackwardCall prepareBackward(BackwardRequest request) {
        if (request.from() < start || request.to() > end()) {
            throw new IllegalArgumentException("backward over blocks [" + request.from() + ", " + request.to()
                    + ") of a stack of [" + start + ", " + end() + ")");
        }
        if (request.inputs().columns() != config.hiddenSize()) {
            throw new IllegalArgumentException(
                    "inputs " + request.inputs() + " for a hidden size of " + config.hiddenSize());
        }
        if (request.adapter() != null) {
            request.adapter().requireFor(this, request.from(), request.to());
        }
        return new BackwardCall(this, request);
    }

    /** Prepares, runs and closes a backward. */
    public void backward(Team team, BackwardRequest request, Deadline deadline)
            throws IOException, InterruptedException {
        try (BackwardCall call = prepareBackward(request)) {
            while (call.hasNext()) {
                team.run(call.next(), deadline);
            }
        }
    }

    @Override
    public void close() {
        scratch.close();
        positions.close();
        closeAll(blocks, List.of());
    }

    Kernels kernels() {
        return kernels;
    }

    PositionTables positions() {
        return positions;
    }

    ScratchPool scratch() {
        return scratch;
    }

    BlockWeights weights(int block) {
        return blocks.get(block - start);
    }
}
