package corolla.model.block;

import corolla.base.compute.Member;
import corolla.base.compute.Team;
import corolla.model.family.AttentionConfig;
import corolla.model.family.ModelConfig;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A forward that is ready to run: all views are made and its scratch is leased until it is closed, so that running
 * allocates nothing. Run it once, on all members of a team. Borrows the stack, the hidden state and the caches.
 */
public final class ForwardCall implements Team.Body, AutoCloseable {
    private final BlockStack stack;
    private final Scratch scratch;
    private final UncachedKeys uncached;
    private final Tensor hidden; // (rows, H)
    private final List<Part> parts;
    private final int from;
    private final int to;
    private final BlockHook hook;
    private final RopeTable rope;
    private final List<BlockPass> passes = new ArrayList<>(); // one a chunk

    ForwardCall(BlockStack stack, Tensor hidden, List<Part> parts, int from, int to, BlockHook hook, Scratch scratch) {
        ModelConfig config = stack.config();
        this.stack = stack;
        this.scratch = scratch;
        this.hidden = hidden;
        this.parts = parts;
        this.from = from;
        this.to = to;
        this.hook = hook;
        int positions = parts.stream()
                .mapToInt(part -> part.position() + part.tokens())
                .max()
                .orElse(0);
        this.rope = stack.rope().covering(positions);
        this.uncached = new UncachedKeys(config.attention(), parts);
        for (RowChunk chunk : RowChunk.cut(parts, scratch.rowsMax())) {
            passes.add(pass(chunk));
        }
    }

    @Override
    public void run(Member me) {
        for (int block = from; block < to; block++) {
            if (!hook.equals(BlockHook.NONE)) {
                hook.before(me, block, hidden);
                me.barrier();
            }
            for (BlockPass pass : passes) {
                pass.run(
                        me,
                        stack.kernels(),
                        stack.weights(block),
                        stack.config().normEpsilon(),
                        block - from);
            }
        }
        if (me.index() == 0) {
            noteFilled();
        }
    }

    /** Gives the scratch back. */
    @Override
    public void close() {
        uncached.close();
        stack.scratch().giveBack(scratch);
    }

    private void noteFilled() {
        for (Part part : parts) {
            if (part.cache() != null) {
                part.cache().fill(from, to, part.position() + part.tokens());
            }
        }
    }

    private BlockPass pass(RowChunk chunk) {
        int rows = chunk.rows();
        Tensor queryKeyValue = scratch.queryKeyValue().slice(0, rows);
        Tensor attended = scratch.attended().slice(0, rows);
        AttentionCall[] calls = new AttentionCall[to - from];
        for (int block = from; block < to; block++) {
            // Without caches every block overwrites the same keys and values, so one call serves all.
            calls[block - from] = block > from && chunk.pieces().stream().allMatch(piece -> piece.cache() == null)
                    ? calls[0]
                    : attention(chunk, block, queryKeyValue, attended);
        }
        return new BlockPass(
                hidden.slice(chunk.start(), chunk.start() + rows),
                scratch.normed().slice(0, rows),
                queryKeyValue,
                attended,
                scratch.gateUp().slice(0, rows),
                scratch.inner().slice(0, rows),
                calls);
    }

    private AttentionCall attention(RowChunk chunk, int block, Tensor queryKeyValue, Tensor attended) {
        AttentionConfig attention = stack.config().attention();
        List<Sequence> sequences = new ArrayList<>(chunk.pieces().size());
        for (RowChunk.Piece piece : chunk.pieces()) {
            KvCache cache = piece.cache();
            Tensor keys =
                    cache == null ? uncached.keys(piece.part(), piece.sequence()) : cache.keys(block, piece.sequence());
            Tensor values = cache == null
                    ? uncached.values(piece.part(), piece.sequence())
                    : cache.values(block, piece.sequence());
            sequences.add(new Sequence(piece.row(), piece.tokens(), keys, values, piece.position()));
        }
        return new AttentionCall(
                queryKeyValue,
                attention.heads(),
                attention.keyValueHeads(),
                attention.headSize(),
                sequences,
                rope,
                (float) (1 / Math.sqrt(attention.headSize())),
                attention.window() == 0 ? AttentionCall.NO_WINDOW : attention.window(),
                attended);
    }
}
