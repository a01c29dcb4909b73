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
import org.jspecify.annotations.Nullable;

/**
 * A backward over blocks {@code [from, to)} that is ready to run: it computes the forward again, remembers the input of every
 * block, and goes back over them. Owns its memory, all of it allocated before it runs: {@link #bytes}. Run it once, on all
 * members of a team. Borrows the stack and the tensors of its request.
 */
public final class BackwardCall implements Team.Body, AutoCloseable {
    /** Rows that go through the feed-forward part together, as in a forward. */
    private static final int INNER_ROWS_MAX = 512;

    private final BlockStack stack;
    private final BackwardRequest request;
    private final @Nullable DeepPrompts prompts;
    private final Arena arena;
    private final Tensor[] inputs; // [block] (rows, H), after the block's prompt was added
    private final ForwardCall forward; // over all blocks but the last
    private final List<BackwardPass> passes = new ArrayList<>();

    @SuppressWarnings("MustBeClosedChecker") // the call owns the arena
    BackwardCall(BlockStack stack, BackwardRequest request) {
        this.stack = stack;
        this.request = request;
        this.prompts = request.prompts() == null
                ? null
                : new DeepPrompts(
                        stack.kernels(), request.prompts(), request.from(), request.batch(), request.tokens());
        this.arena = Arena.ofShared();
        try {
            ModelConfig config = stack.config();
            this.inputs = new Tensor[request.blockCount()];
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = Tensor.allocate(arena, DType.F32, request.rows(), config.hiddenSize());
            }
            addPasses(BackwardScratch.allocate(
                    arena, config, passRows(request.batch(), request.tokens()), innerRows(request.rows())));
            this.forward = stack.prepare(
                    last(),
                    List.of(Part.uncached(request.batch(), request.tokens())),
                    request.from(),
                    request.to() - 1,
                    this::remember);
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** Memory of a backward over so many blocks; the forward within it leases scratch besides, as any forward does. */
    public static long bytes(ModelConfig config, int blocks, int batch, int tokens) {
        long rows = Math.multiplyExact((long) batch, (long) tokens);
        return DType.F32.bytes(Math.multiplyExact(rows * blocks, (long) config.hiddenSize()))
                + BackwardScratch.bytes(config, passRows(batch, tokens), innerRows(rows));
    }

    @Override
    public void run(Member me) {
        Shares.copy(me, request.inputs(), last());
        me.barrier();
        forward.run(me);
        addPrompt(me, request.to() - 1, last());
        me.barrier();
        for (int block = request.to() - 1; block >= request.from(); block--) {
            Tensor input = inputs[block - request.from()];
            for (BackwardPass pass : passes) {
                pass.run(
                        me,
                        stack.kernels(),
                        stack.weights(block),
                        stack.config().normEpsilon(),
                        rows(input, pass),
                        rows(request.gradient(), pass));
            }
            if (prompts != null && request.promptGradient() != null) {
                prompts.copyPositions(
                        me, request.gradient(), request.promptGradient().part(block - request.from()));
                me.barrier();
            }
        }
    }

    /** Frees its memory. */
    @Override
    public void close() {
        forward.close();
        arena.close();
    }

    /** The hidden state runs in the place of the last block's input, where it ends. */
    private Tensor last() {
        return inputs[inputs.length - 1];
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
