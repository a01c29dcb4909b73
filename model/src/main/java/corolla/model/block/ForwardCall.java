package corolla.model.block;

import corolla.base.compute.Member;
import corolla.base.compute.Team;
import corolla.model.block.BlockPass.Views;
import corolla.model.family.BlockConfig;
import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionLayer;
import corolla.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A forward that is ready to run: all views are made and its scratch is leased until it is closed, so that running
 * allocates nothing. Run it once, on all members of a team. Borrows the stack, the hidden state and the caches.
 */
public final class ForwardCall implements Team.Body, AutoCloseable {
    private final BlockStack stack;
    private final Scratch scratch;
    private final UncachedKeys uncached;
    private final WorkState hidden; // (rows, H)
    private final List<Part> parts;
    private final int from;
    private final int to;
    private final BlockHook hook;
    private final int positions;
    private final BlockPass[][] passes; // [block][chunk]

    ForwardCall(BlockStack stack, Tensor hidden, List<Part> parts, int from, int to, BlockHook hook, Scratch scratch) {
        this.stack = stack;
        this.scratch = scratch;
        this.parts = parts;
        this.from = from;
        this.to = to;
        this.hook = hook;
        this.positions = parts.stream()
                .mapToInt(part -> part.position() + part.tokens())
                .max()
                .orElse(0);
        this.hidden = new WorkState(stack.kernels().memory(), hidden, scratch.state());
        try {
            this.uncached = new UncachedKeys(stack.kernels().memory(), stack.config(), parts);
        } catch (RuntimeException | Error failed) {
            this.hidden.close();
            throw failed;
        }
        List<RowChunk> chunks = RowChunk.cut(parts, scratch.rowsMax());
        this.passes = new BlockPass[to - from][chunks.size()];
        for (int i = 0; i < chunks.size(); i++) {
            addPasses(chunks.get(i), i);
        }
    }

    @Override
    public void run(Member me) {
        Worker worker = new Worker(me, stack.kernels());
        hidden.bring(me);
        for (int block = from; block < to; block++) {
            if (!hook.equals(BlockHook.NONE)) {
                hook.before(worker, block, hidden.rows());
                me.barrier();
            }
            for (BlockPass pass : passes[block - from]) {
                pass.run(worker, stack.weights(block));
            }
        }
        hidden.takeBack(me);
        if (me.index() == 0) {
            noteFilled();
        }
    }

    /** Gives the scratch back. */
    @Override
    public void close() {
        uncached.close();
        hidden.close();
        stack.scratch().giveBack(scratch);
    }

    private void noteFilled() {
        for (Part part : parts) {
            if (part.cache() != null) {
                part.cache().fill(from, to, part.position() + part.tokens());
            }
        }
    }

    private void addPasses(RowChunk chunk, int index) {
        Tensor rows = hidden.rows().slice(chunk.start(), chunk.start() + chunk.rows());
        Map<BlockConfig, Views> views = new HashMap<>();
        boolean isAdapted = parts.stream().anyMatch(part -> part.adapter() != null);
        boolean isUncached = chunk.pieces().stream().allMatch(piece -> piece.cache() == null);
        AttentionCall call = null;
        for (int block = from; block < to; block++) {
            BlockConfig config = stack.config().block(block);
            Views ofKind = views.computeIfAbsent(config, kind -> Views.of(scratch, kind, chunk.rows()));
            AttentionLayer layer = stack.weights(block).attention().layer(stack.positions(), positions);
            // Without caches every block overwrites the same keys and values, so one call serves all that are alike.
            if (!isUncached || call == null || !call.layer().equals(layer)) {
                call = attention(chunk, block, layer, ofKind);
            }
            AdaptedParts adapted = isAdapted ? AdaptedParts.of(chunk, parts, block, scratch.lowRank()) : null;
            passes[block - from][index] = BlockPass.of(rows, ofKind, call, adapted);
        }
    }

    private AttentionCall attention(RowChunk chunk, int block, AttentionLayer layer, Views views) {
        List<Sequence> sequences = new ArrayList<>(chunk.pieces().size());
        for (RowChunk.Piece piece : chunk.pieces()) {
            KvCache cache = piece.cache();
            Tensor keys = cache == null
                    ? uncached.keys(layer, piece.part(), piece.sequence())
                    : cache.keys(block, piece.sequence());
            Tensor values = cache == null
                    ? uncached.values(layer, piece.part(), piece.sequence())
                    : cache.values(block, piece.sequence());
            sequences.add(new Sequence(piece.row(), piece.tokens(), keys, values, piece.position()));
        }
        return new AttentionCall(layer, views.queryKeyValue(), sequences, views.attended());
    }
}
