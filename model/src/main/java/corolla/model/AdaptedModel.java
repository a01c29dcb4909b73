package corolla.model;

import corolla.base.compute.Team;
import corolla.base.time.Deadline;
import corolla.model.block.BackwardRequest;
import corolla.model.block.BlockStack;
import corolla.model.block.StackAdapter;
import corolla.tensor.Tensor;
import java.io.IOException;

/** All blocks of this process with an adapter. Thread-safe; borrows everything. */
record AdaptedModel(BlockStack blocks, Team team, StackAdapter adapter) implements BackwardExecutor {

    @Override
    public int blockCount() {
        return blocks.config().blockCount();
    }

    @Override
    public void forward(Tensor hidden, int from, int to, Deadline deadline) throws IOException, InterruptedException {
        blocks.forward(team, hidden, LocalModel.uncached(hidden).withAdapter(adapter), from, to, deadline);
    }

    @Override
    public void backward(BackwardRequest request, Deadline deadline) throws IOException, InterruptedException {
        blocks.backward(team, request.withAdapter(adapter), deadline);
    }

    @Override
    public Session open(int batch, int tokensMax, Deadline deadline) {
        return new LocalSession(blocks, team, blocks.allocateCache(batch, tokensMax), adapter);
    }
}
