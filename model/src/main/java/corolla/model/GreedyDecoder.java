package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;

/** The most likely token again and again, over any executor of blocks. */
public final class GreedyDecoder {

    private GreedyDecoder() {}

    /** Continues {@code prompt} by {@code count} tokens, end tokens included; returns only the new ones. */
    public static int[] decode(Ends ends, BlockExecutor blocks, Team team, int[] prompt, int count, Deadline deadline)
            throws IOException, InterruptedException {
        int hiddenSize = ends.config().hiddenSize();
        int[] tokens = new int[count];
        try (Arena arena = Arena.ofShared();
                BlockExecutor.Session session = blocks.open(1, prompt.length + count, deadline)) {
            Tensor step = Tensor.allocate(arena, DType.F32, 1, 1, hiddenSize);
            Tensor logits = Tensor.allocate(arena, DType.F32, 1, ends.config().vocabularySize());
            for (int i = 0; i < count; i++) {
                int[] ids = i == 0 ? prompt : new int[] {tokens[i - 1]};
                Tensor hidden = i == 0 ? Tensor.allocate(arena, DType.F32, 1, ids.length, hiddenSize) : step;
                ends.embed(ids, hidden);
                session.step(hidden, deadline);
                ends.logits(team, hidden.slice(ids.length - 1, ids.length), logits, deadline);
                tokens[i] = ends.mostLikely(logits);
            }
        }
        return tokens;
    }
}
