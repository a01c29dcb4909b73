package corolla.model.block;

import corolla.base.compute.Member;
import corolla.base.compute.Team;
import corolla.model.block.BackwardPass.Branch;
import corolla.model.block.BackwardPass.Piece;
import corolla.model.family.BlockConfig;
import corolla.model.family.FeedForwardConfig;
import corolla.model.family.ModelConfig;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads.Values;
import corolla.tensor.AttentionLayer;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A backward over blocks {@code [from, to)} in steps of one block, so that whoever runs it can let others in between: it
 * computes the forward again, remembers the input of every block, and goes back over them. Owns its memory, nearly all of it
 * allocated before the first step: {@link #bytes}. Borrows the stack and the tensors of its request. Confined: one step at a
 * time, in order.
 *
 * {@snippet :
 * while (call.hasNext()) {
 *     team.run(call.next(), deadline);
 * }
 * }
 */
public final class BackwardCall implements AutoCloseable {
    /** Rows that go through the feed-forward part together, as in a forward. */
    private static final int INNER_ROWS_MAX = 512;

    private final BlockStack stack;
    private final BackwardRequest request;
    private final @Nullable DeepPrompts prompts;
    private final Arena arena;
    private final WorkState gradient; // (rows, H)
    private final Tensor[] inputs; // [block] (rows, H), after the block's prompt was added
    private final BackwardScratch scratch;
    private final @Nullable AdapterScratch adapterScratch;
    private @Nullable ForwardCall forward; // of the last step given out, if it was one forward
    private int stepsGiven;

    @SuppressWarnings("MustBeClosedChecker") // the call owns the arena
    BackwardCall(BlockStack stack, BackwardRequest request) {
        this.stack = stack;
        this.request = request;
        this.prompts = request.prompts() == null
                ? null
                : new DeepPrompts(request.prompts(), request.from(), request.batch(), request.tokens());
        this.arena = Arena.ofShared();
        this.inputs = new Tensor[request.blockCount()];
        KernelMemory memory = stack.kernels().memory();
        try {
            ModelConfig config = stack.config();
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = memory.allocate(arena, DType.F32, request.rows(), config.hiddenSize());
            }
            BlockSizes sizes = BlockSizes.of(config);
            int rows = passRows(request.batch(), request.tokens());
            int innerRows = innerRows(request.rows());
            this.scratch = BackwardScratch.allocate(memory, arena, sizes, rows, innerRows);
            StackAdapter adapter = request.adapter();
            this.adapterScratch = adapter == null
                    ? null
                    : AdapterScratch.allocate(memory, arena, sizes, rows, innerRows, adapter.rank());
            this.gradient = new WorkState(memory, request.gradient(), null);
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /**
     * Memory of a backward over so many blocks; a forward step leases scratch besides, as any forward does, and on a device the gradient is
     * there a second time.
     */
    public static long bytes(ModelConfig config, int blocks, int batch, int tokens) {
        long rows = Math.multiplyExact((long) batch, (long) tokens);
        return DType.F32.bytes(Math.multiplyExact(rows * blocks, (long) config.hiddenSize()))
                + BackwardScratch.bytes(BlockSizes.of(config), passRows(batch, tokens), innerRows(rows));
    }

    /** The same with an adapter, or none. */
    public static long bytes(ModelConfig config, int blocks, int batch, int tokens, @Nullable StackAdapter adapter) {
        long rows = Math.multiplyExact((long) batch, (long) tokens);
        return bytes(config, blocks, batch, tokens)
                + (adapter == null
                        ? 0
                        : AdapterScratch.bytes(
                                BlockSizes.of(config), passRows(batch, tokens), innerRows(rows), adapter.rank()));
    }

    /** How many steps there are: forward over all blocks but the last, then back over all. */
    public int stepCount() {
        return 2 * inputs.length - 1;
    }

    /** Whether there is another step. */
    public boolean hasNext() {
        return stepsGiven < stepCount();
    }

    /**
     * Prepares the next step, to be run on all members of a team; the one before has ended. After the last one the request's
     * gradients are complete.
     */
    public Team.Body next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all " + stepCount() + " steps were given");
        }
        closeForward();
        int step = stepsGiven++;
        int blocks = inputs.length;
        if (step < blocks - 1) {
            return forwardStep(request.from() + step);
        }
        int block = request.to() - 1 - (step - (blocks - 1));
        List<BackwardPass> passes = passes(block);
        return block == request.to() - 1 ? me -> runLast(me, block, passes) : me -> runBack(me, block, passes);
    }

    /** Frees its memory. */
    @Override
    public void close() {
        closeForward();
        gradient.close();
        arena.close();
    }

    private Team.Body forwardStep(int block) {
        List<Part> parts =
                List.of(Part.uncached(request.batch(), request.tokens()).withAdapter(request.adapter()));
        ForwardCall call = stack.prepare(hidden(), parts, block, block + 1, this::remember);
        forward = call;
        return me -> {
            copyInputs(me, block);
            call.run(me);
        };
    }

    private void closeForward() {
        if (forward != null) {
            forward.close();
            forward = null;
        }
    }

    /** The hidden state runs in the place of the last block's input, where it ends. */
    private Tensor hidden() {
        return inputs[inputs.length - 1];
    }

    private void copyInputs(Member me, int block) {
        if (block == request.from()) {
            stack.kernels().memory().copy(me, request.inputs(), hidden());
            me.barrier();
        }
    }

    private void remember(Worker worker, int block, Tensor hidden) {
        addPrompt(worker, block, hidden);
        worker.barrier();
        worker.copy(hidden, inputs[block - request.from()]);
    }

    private void addPrompt(Worker worker, int block, Tensor hidden) {
        if (prompts != null) {
            prompts.before(worker, block, hidden);
        }
    }

    private void runLast(Member me, int block, List<BackwardPass> passes) {
        copyInputs(me, block);
        gradient.bring(me);
        addPrompt(new Worker(me, stack.kernels()), block, hidden());
        me.barrier();
        runBack(me, block, passes);
    }

    private void runBack(Member me, int block, List<BackwardPass> passes) {
        int index = block - request.from();
        Worker worker = new Worker(me, stack.kernels());
        for (BackwardPass pass : passes) {
            Tensor input = rows(inputs[index], pass);
            pass.run(worker, stack.weights(block), input, rows(gradient.rows(), pass));
        }
        if (prompts != null && request.promptGradient() != null) {
            prompts.copyPositions(
                    worker, gradient.rows(), request.promptGradient().part(index));
        }
        if (block == request.from()) {
            gradient.takeBack(me);
        }
    }

    private static Tensor rows(Tensor tensor, BackwardPass pass) {
        return tensor.slice(pass.start(), pass.start() + pass.rows());
    }

    /** Whole sequences, about as many rows as go through the feed-forward part together. */
    private static int passRows(int batch, int tokens) {
        return Math.multiplyExact(Math.clamp(INNER_ROWS_MAX / tokens, 1, batch), tokens);
    }

    private static int innerRows(long rows) {
        return (int) Math.min(INNER_ROWS_MAX, rows);
    }

    private List<BackwardPass> passes(int block) {
        List<BackwardPass> passes = new ArrayList<>();
        BlockWeights weights = stack.weights(block);
        boolean hasPostNorms = weights.config().layout().hasPostNorms();
        int rowsMax = Math.toIntExact(scratch.normed().rows());
        for (int start = 0; start < request.rows(); start += rowsMax) {
            int rows = Math.min(rowsMax, request.rows() - start);
            Branch branch = hasPostNorms
                    ? new Branch(
                            scratch.branch().slice(0, rows),
                            scratch.branchGradient().slice(0, rows))
                    : null;
            passes.add(new BackwardPass(
                    start,
                    rows,
                    scratch.normed().slice(0, rows),
                    scratch.middle().slice(0, rows),
                    branch,
                    BlockSizes.view(
                            scratch.latent(), rows, weights.config().attention().latentSize()),
                    attention(weights.attention(), rows),
                    feedForward(weights.config(), rows),
                    adapted(block, rowsMax)));
        }
        return passes;
    }

    private @Nullable AdaptedParts adapted(int block, int rows) {
        StackAdapter adapter = request.adapter();
        return adapter == null || adapterScratch == null
                ? null
                : AdaptedParts.of(adapter.block(block), rows, adapterScratch.lowRank(), adapterScratch.gradient());
    }

    private List<Piece> feedForward(BlockConfig config, int rows) {
        List<Piece> pieces = new ArrayList<>();
        int rowsMax = Math.toIntExact(scratch.inner().rows());
        for (int start = 0; start < rows; start += rowsMax) {
            int end = Math.min(rows, start + rowsMax);
            int count = end - start;
            FeedForwardConfig part = config.feedForward();
            pieces.add(new Piece(
                    start,
                    end,
                    scratch.middle().slice(start, end),
                    scratch.normed().slice(start, end),
                    FeedForwardSpace.of(
                            part,
                            stack.config().hiddenSize(),
                            count,
                            scratch.projected(),
                            scratch.inner(),
                            scratch.routed()),
                    scratch.innerInput().slice(0, count),
                    config.layout().hasPostNorms() ? scratch.branchGradient().slice(0, count) : null));
        }
        return pieces;
    }

    private AttentionBackwardCall attention(AttentionPart part, int rows) {
        AttentionLayer layer = part.layer(stack.positions(), request.tokens());
        long width = layer.queryKeyValueSize();
        Tensor attended = BlockSizes.view(scratch.attended(), rows, layer.outputSize());
        AttentionCall forwardCall = new AttentionCall(
                layer, BlockSizes.view(scratch.queryKeyValue(), rows, width), sequences(layer, rows), attended);
        return new AttentionBackwardCall(
                forwardCall,
                attended,
                BlockSizes.view(scratch.queryKeyValueGradient(), rows, width),
                layer.norms() == null ? null : BlockSizes.view(scratch.unnormed(), rows, width));
    }

    private List<Sequence> sequences(AttentionLayer layer, int rows) {
        int tokens = request.tokens();
        List<Sequence> sequences = new ArrayList<>();
        for (int row = 0; row < rows; row += tokens) {
            Tensor keys = cache(layer.layout().keySize(), layer, scratch.keys(), row);
            Tensor values = layer.layout().values() == Values.IN_KEYS
                    ? keys
                    : cache(layer.layout().valueSize(), layer, scratch.values(), row);
            sequences.add(new Sequence(row, tokens, keys, values, 0));
        }
        return sequences;
    }

    private Tensor cache(int size, AttentionLayer layer, Tensor all, int row) {
        int tokens = request.tokens();
        return BlockSizes.view(all.slice(row, row + tokens), (long) layer.kvHeads() * tokens, size)
                .reshape(layer.kvHeads(), tokens, size);
    }
}
