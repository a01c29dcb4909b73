package corolla.client;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.client.generation.TokenSession;
import corolla.model.BlockExecutor;
import corolla.model.Ends;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Ends and blocks put together: token ids in, logits out, whether the blocks run in this process or in a swarm. Confined to one thread at a
 * time; owns the blocks' session, borrows the ends.
 */
public final class ModelSession implements TokenSession {
    private final Ends ends;
    private final Team team;
    private final BlockExecutor.Session blocks;
    private final int tokensMax;
    private final int hiddenSize;
    private final Arena arena = Arena.ofShared(); // a session may move from thread to thread
    private final Tensor oneHidden;
    private final Tensor oneLogits;
    private final float[] logits;

    /** @param blocks adopted: closed with this session; opened for {@code tokensMax} tokens of one sequence */
    public ModelSession(Ends ends, Team team, BlockExecutor.Session blocks, int tokensMax) {
        this.ends = ends;
        this.team = team;
        this.blocks = blocks;
        this.tokensMax = tokensMax;
        this.hiddenSize = ends.config().hiddenSize();
        this.oneHidden = Tensor.allocate(arena, DType.F32, 1, 1, hiddenSize);
        this.oneLogits = Tensor.allocate(arena, DType.F32, 1, ends.config().vocabularySize());
        this.logits = new float[ends.config().vocabularySize()];
    }

    @Override
    public float[] step(int[] ids, Deadline deadline) throws IOException, InterruptedException {
        if (ids.length == 1) {
            return step(ids, oneHidden, deadline);
        }
        try (Arena prompt = Arena.ofShared()) {
            return step(ids, Tensor.allocate(prompt, DType.F32, 1, ids.length, hiddenSize), deadline);
        }
    }

    private float[] step(int[] ids, Tensor hidden, Deadline deadline) throws IOException, InterruptedException {
        ends.embed(ids, hidden);
        blocks.step(hidden, deadline);
        ends.logits(team, hidden.slice(ids.length - 1, ids.length), oneLogits, deadline);
        MemorySegment.copy(oneLogits.data(), Tensor.FLOAT, 0, logits, 0, logits.length);
        return logits;
    }

    @Override
    public int position() {
        return blocks.position();
    }

    @Override
    public int positionMax() {
        return tokensMax;
    }

    @Override
    public void rollBack(int position) throws IOException, InterruptedException {
        blocks.truncate(position);
    }

    @Override
    public void close() {
        try {
            blocks.close();
        } finally {
            arena.close();
        }
    }
}
