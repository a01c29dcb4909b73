package corolla.it.sim;

import corolla.base.compute.InlineTeam;
import corolla.base.time.Deadline;
import corolla.client.RemoteModel.RemoteSpec;
import corolla.model.LocalModel;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.nio.file.Path;

/** A real model of six small blocks: its checkpoint, and the whole of it in this process, which every swarm must equal. */
final class TinyModel implements AutoCloseable {
    static final String PREFIX = "tiny-llama";
    static final int BLOCKS = 6;

    private final Checkpoint checkpoint;
    private final ScalarKernels kernels = new ScalarKernels();
    private final LocalModel local;

    TinyModel(Path folder) throws IOException {
        checkpoint = Checkpoint.open(GoldenModels.unpack("llama", folder));
        local = LocalModel.load(checkpoint, WeightsType.F32, kernels, new InlineTeam());
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    /** Stateless but for counts, so all servers share them. */
    ScalarKernels kernels() {
        return kernels;
    }

    LocalModel local() {
        return local;
    }

    RemoteSpec spec() {
        return new RemoteSpec(PREFIX, BLOCKS, checkpoint.config().hiddenSize());
    }

    /** What a client must get, however the blocks are spread. */
    int[] greedy(int[] ids, int count) throws IOException, InterruptedException {
        return local.greedy(ids, count, new Deadline(Long.MAX_VALUE));
    }

    @Override
    public void close() throws IOException {
        local.close();
        kernels.close();
        checkpoint.close();
    }
}
