package corolla.model.block;

import corolla.base.compute.Member;
import corolla.base.compute.Team;
import corolla.model.family.AttentionConfig;
import corolla.model.family.ModelConfig;
import corolla.tensor.AttentionBackwardCall;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.DType;
import corolla.tensor.RopeTable;
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
    private final Tensor[] inputs; // [block] (rows, H), after the block's prompt was added
    private final List<BackwardPass> passes = new ArrayList<>();
    private @Nullable ForwardCall forward; // of the last step given out, if it was one forward
    private int stepsGiven;

    @SuppressWarnings("MustBeClosedChecker") // the call owns the arena
    BackwardCall(BlockStack stack, BackwardRequest request) {
        this.stack = stack;
        this.request = request;
        this.prompts = request.prompts() == null
                ? null
                : new DeepPrompts(
                        stack.kernels(), request.prompts(), request.from(), request.batch(), request.tokens());
        this.arena = Arena.ofShared();
        this.inputs = new Tensor[request.blockCount()];
        try {
            ModelConfig config = stack.config();
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = Tensor.allocate(arena, DType.F32, request.rows(), config.hiddenSize());
            }
            addPasses(BackwardScratch.allocate(
                    arena, config, passRows(request.batch(), request.tokens()), innerRows(request.rows())));
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** Memory of a backward over so many blocks; a forward step leases scratch besides, as any forward does. */
    public static long bytes(ModelConfig config, int blocks, int batch, int tokens) {
        long rows = Math.multiplyExact((long) batch, (long) tokens);
        return DType.F32.bytes(Math.multiplyExact(rows * blocks, (long) config.hiddenSize()))
                + BackwardScratch.bytes(config, passRows(batch, tokens), innerRows(rows));
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
        return block == request.to() - 1 ? me -> runLast(me, block) : me -> runBack(me, block);
    }

    /** Frees its memory. */
    @Override
    public void close() {
        closeForward();
        arena.close();
    }

    private Team.Body forwardStep(int block) {
        List<Part> parts = List.of(Part.uncached(request.batch(), request.tokens()));
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
            Shares.copy(me, request.inputs(), hidden());
            me.barrier();
        }
    }

    private void remember(Member me, int block, Tensor hidden) {
        addPrompt(me, block, hidden);
        me.barrier();
        Shares.copy(me, hidden, inputs[block - request.from()]);
    }

    private void addPrompt(Member me, int block, Tensor hidden) {
        if (prompts != null) {
            prompts.before(me, block, hidden);
        }
    }

    private void runLast(Member me, int block) {
        copyInputs(me, block);
        addPrompt(me, block, hidden());
        me.barrier();
        runBack(me, block);
    }

    private void runBack(Member me, int block) {
        int index = block - request.from();
        float epsilon = stack.config().normEpsilon();
        for (BackwardPass pass : passes) {
            Tensor input = rows(inputs[index], pass);
            pass.run(me, stack.kernels(), stack.weights(block), epsilon, input, rows(request.gradient(), pass));
        }
        if (prompts != null && request.promptGradient() != null) {
            prompts.copyPositions(
                    me, request.gradient(), request.promptGradient().part(index));
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

    private void addPasses(BackwardScratch scratch) {
        int rowsMax = Math.toIntExact(scratch.normed().rows());
        for (int start = 0; start < request.rows(); start += rowsMax) {
            int rows = Math.min(rowsMax, request.rows() - start);
            passes.add(new BackwardPass(
                    start,
                    rows,
                    scratch.normed().slice(0, rows),
                    scratch.attended().slice(0, rows),
                    scratch.middle().slice(0, rows),
                    attention(scratch, rows),
                    feedForward(scratch, rows)));
        }
    }

    private static List<BackwardPass.FeedForward> feedForward(BackwardScratch scratch, int rows) {
        List<BackwardPass.FeedForward> pieces = new ArrayList<>();
        int rowsMax = Math.toIntExact(scratch.inner().rows());
        for (int start = 0; start < rows; start += rowsMax) {
            int end = Math.min(rows, start + rowsMax);
            pieces.add(new BackwardPass.FeedForward(
                    start,
                    end,
                    scratch.middle().slice(start, end),
                    scratch.normed().slice(start, end),
                    scratch.gateUp().slice(0, end - start),
                    scratch.inner().slice(0, end - start)));
        }
        return pieces;
    }

    private AttentionBackwardCall attention(BackwardScratch scratch, int rows) {
        AttentionConfig config = stack.config().attention();
        RopeTable rope = stack.rope().covering(request.tokens());
        AttentionCall forwardCall = new AttentionCall(
                scratch.queryKeyValue().slice(0, rows),
                config.heads(),
                config.keyValueHeads(),
                config.headSize(),
                sequences(scratch, rows, config),
                rope,
                (float) (1 / Math.sqrt(config.headSize())),
                config.window() == 0 ? AttentionCall.NO_WINDOW : config.window(),
                scratch.attended().slice(0, rows));
        return new AttentionBackwardCall(
                forwardCall,
                scratch.attended().slice(0, rows),
                scratch.queryKeyValueGradient().slice(0, rows));
    }

    private List<Sequence> sequences(BackwardScratch scratch, int rows, AttentionConfig config) {
        int tokens = request.tokens();
        List<Sequence> sequences = new ArrayList<>();
        for (int row = 0; row < rows; row += tokens) {
            sequences.add(new Sequence(
                    row, tokens, cache(scratch.keys(), row, config), cache(scratch.values(), row, config), 0));
        }
        return sequences;
    }

    private Tensor cache(Tensor all, int row, AttentionConfig config) {
        return all.slice(row, row + request.tokens())
                .reshape(config.keyValueHeads(), request.tokens(), config.headSize());
    }
}
