package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.block.BackwardRequest;
import corolla.model.block.BlockStack;
import corolla.model.block.Part;
import corolla.model.block.StackAdapter;
import corolla.model.family.ModelConfig;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * A complete model in this process, without a network: the reference that every swarm is compared with. Thread-safe.
 * Owns its weights; borrows kernels and team.
 */
public final class LocalModel implements BackwardExecutor, AutoCloseable {
    private final Ends ends;
    private final BlockStack blocks;
    private final Team team;

    private LocalModel(Ends ends, BlockStack blocks, Team team) {
        this.ends = ends;
        this.blocks = blocks;
        this.team = team;
    }

    /** Loads everything; the checkpoint may be closed afterwards. */
    public static LocalModel load(Checkpoint checkpoint, WeightsType weights, Kernels kernels, Team team)
            throws IOException {
        return load(checkpoint, BlockFormat.of(weights), kernels, team);
    }

    /** The same with blocks that may be quantised while loading. */
    public static LocalModel load(Checkpoint checkpoint, BlockFormat format, Kernels kernels, Team team)
            throws IOException {
        Ends ends = Ends.load(checkpoint, format.type(), kernels);
        try {
            BlockStack blocks =
                    BlockStack.load(checkpoint, 0, checkpoint.config().blockCount(), format, kernels);
            return new LocalModel(ends, blocks, team);
        } catch (IOException | RuntimeException | Error failed) {
            ends.close();
            throw failed;
        }
    }

    public ModelConfig config() {
        return ends.config();
    }

    public Ends ends() {
        return ends;
    }

    public BlockStack blocks() {
        return blocks;
    }

    @Override
    public int blockCount() {
        return config().blockCount();
    }

    @Override
    public void forward(Tensor hidden, int from, int to, Deadline deadline) throws IOException, InterruptedException {
        Part part = uncached(hidden);
        blocks.forward(team, hidden, part, from, to, deadline);
    }

    @Override
    public void backward(BackwardRequest request, Deadline deadline) throws IOException, InterruptedException {
        blocks.backward(team, request, deadline);
    }

    @Override
    public Session open(int batch, int tokensMax, Deadline deadline) {
        return new LocalSession(blocks, team, blocks.allocateCache(batch, tokensMax), null);
    }

    /**
     * The same model with an adapter; both may be used side by side.
     *
     * @param adapter made for {@link #blocks}; borrowed
     */
    public BackwardExecutor adapted(StackAdapter adapter) {
        return new AdaptedModel(blocks, team, adapter);
    }

    /**
     * Logits of every position of equally long sequences, without a cache.
     *
     * @param ids (batch)(tokens)
     * @param arena owns the result; shared between threads
     * @return (batch, tokens, vocabularySize) f32
     */
    public Tensor logits(int[][] ids, Arena arena, Deadline deadline) throws IOException, InterruptedException {
        int tokens = ids[0].length;
        int[] flat = Arrays.stream(ids).flatMapToInt(Arrays::stream).toArray();
        if (flat.length != ids.length * tokens) {
            throw new IllegalArgumentException("sequences of different lengths");
        }
        Tensor hidden = Tensor.allocate(arena, DType.F32, ids.length, tokens, config().hiddenSize());
        Tensor logits = Tensor.allocate(arena, DType.F32, ids.length, tokens, config().vocabularySize());
        ends.embed(flat, hidden);
        forward(hidden, 0, blockCount(), deadline);
        ends.logits(team, hidden, logits, deadline);
        return logits;
    }

    /** Continues {@code ids} by {@code count} most likely tokens; end tokens do not end it. Returns only the new ones. */
    public int[] greedy(int[] ids, int count, Deadline deadline) throws IOException, InterruptedException {
        int[] tokens = new int[count];
        try (LocalGeneration generation = start(ids.length + count)) {
            for (int i = 0; i < count; i++) {
                Tensor logits = i == 0 ? generation.feed(ids, deadline) : generation.feed(tokens[i - 1], deadline);
                tokens[i] = ends.mostLikely(logits);
            }
        }
        return tokens;
    }

    /** Starts one sequence of up to {@code tokensMax} tokens; the caller closes it. */
    public LocalGeneration start(int tokensMax) {
        return new LocalGeneration(ends, blocks, team, tokensMax);
    }

    @Override
    public void close() {
        ends.close();
        blocks.close();
    }

    /** The part that a hidden state (batch, tokens, hiddenSize) is without a cache. */
    static Part uncached(Tensor hidden) {
        if (hidden.shape().rank() != 3) {
            throw new IllegalArgumentException("hidden state " + hidden + ", not (batch, tokens, hidden size)");
        }
        return Part.uncached(
                Math.toIntExact(hidden.shape().size(0)),
                Math.toIntExact(hidden.shape().size(1)));
    }
}
