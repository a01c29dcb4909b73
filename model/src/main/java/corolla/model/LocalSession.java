package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.block.BlockStack;
import corolla.model.block.KvCache;
import corolla.model.block.Part;
import corolla.model.block.StackAdapter;
import corolla.tensor.Tensor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Steps over all blocks of this process. Owns its cache. Confined: one step at a time. */
final class LocalSession implements BlockExecutor.Session {
    private final BlockStack blocks;
    private final Team team;
    private final KvCache cache;
    private final @Nullable StackAdapter adapter;

    LocalSession(BlockStack blocks, Team team, KvCache cache, @Nullable StackAdapter adapter) {
        this.blocks = blocks;
        this.team = team;
        this.cache = cache;
        this.adapter = adapter;
    }

    @Override
    public int position() {
        return cache.position();
    }

    @Override
    public void step(Tensor hidden, Deadline deadline) throws IOException, InterruptedException {
        int tokens = Math.toIntExact(hidden.rows() / cache.batch());
        Part part = Part.next(cache, tokens).withAdapter(adapter);
        blocks.forward(team, hidden, part, blocks.start(), blocks.end(), deadline);
    }

    @Override
    public void truncate(int position) {
        cache.truncate(position);
    }

    @Override
    public void close() {
        cache.close();
    }
}
