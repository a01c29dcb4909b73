package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.block.BlockHook;
import corolla.model.block.BlockStack;
import corolla.model.block.ForwardCall;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;

/** One sequence that grows: ids in, the next token's logits out, one hand-over to the team a step. Owns its memory. Confined. */
public final class LocalGeneration implements AutoCloseable {
    private final Ends ends;
    private final BlockStack blocks;
    private final Team team;
    private final KvCache cache;
    private final Arena arena = Arena.ofShared();
    private final Tensor hidden; // (1, H) of a decode step
    private final Tensor normed; // (1, H)
    private final Tensor logits; // (1, vocabularySize)

    LocalGeneration(Ends ends, BlockStack blocks, Team team, int tokensMax) {
        this.ends = ends;
        this.blocks = blocks;
        this.team = team;
        this.cache = blocks.allocateCache(1, tokensMax);
        KernelMemory memory = ends.kernels().memory();
        this.hidden = memory.allocate(arena, DType.F32, 1, ends.config().hiddenSize());
        this.normed = memory.allocate(arena, DType.F32, 1, ends.config().hiddenSize());
        this.logits = Tensor.allocate(arena, DType.F32, 1, ends.config().vocabularySize());
    }

    /** Tokens fed so far. */
    public int position() {
        return cache.position();
    }

    /** Forgets the tokens from {@code position} on. */
    public void truncate(int position) {
        cache.truncate(position);
    }

    /** Logits after one more token; overwritten by the next call. */
    public Tensor feed(int id, Deadline deadline) throws IOException, InterruptedException {
        return feed(new int[] {id}, hidden, deadline);
    }

    /** Logits after some more tokens; overwritten by the next call. */
    public Tensor feed(int[] ids, Deadline deadline) throws IOException, InterruptedException {
        try (Arena prefill = Arena.ofShared()) {
            Tensor states = ends.kernels()
                    .memory()
                    .allocate(prefill, DType.F32, ids.length, ends.config().hiddenSize());
            return feed(ids, states, deadline);
        }
    }

    private Tensor feed(int[] ids, Tensor states, Deadline deadline) throws IOException, InterruptedException {
        ends.embed(ids, states);
        List<Part> parts = List.of(Part.next(cache, ids.length));
        Team.Body head = ends.head(states.slice(ids.length - 1, ids.length), normed, logits);
        try (ForwardCall call = blocks.prepare(states, parts, blocks.start(), blocks.end(), BlockHook.NONE)) {
            team.run(
                    me -> {
                        call.run(me);
                        head.run(me);
                    },
                    deadline);
        }
        return logits;
    }

    @Override
    public void close() {
        cache.close();
        arena.close();
    }
}
