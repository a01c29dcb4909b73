package corolla.server.adapter;

import corolla.base.RealEnvironment;
import corolla.base.compute.InlineTeam;
import corolla.base.time.Deadline;
import corolla.model.adapter.LoraAdapter;
import corolla.model.block.BlockHook;
import corolla.model.block.BlockStack;
import corolla.model.block.Part;
import corolla.model.block.StackAdapter;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.scalar.ScalarKernels;
import corolla.testkit.models.GoldenAdapters;
import corolla.testkit.models.GoldenModels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two blocks of the golden llama, and its golden adapters. Owns the blocks. */
final class AdaptedBlocks implements AutoCloseable {
    static final int TOKENS = 3;

    final RealEnvironment real = RealEnvironment.create(1);
    final ScalarKernels kernels = new ScalarKernels();
    BlockStack blocks; // [1, 3), and [1, 4) when extended
    private final Path model;
    final Path all;
    final Path some;

    AdaptedBlocks(Path folder) throws IOException {
        all = GoldenAdapters.unpack("llama/all", folder);
        some = GoldenAdapters.unpack("llama/some", folder);
        model = GoldenModels.unpack("llama", folder);
        blocks = load(1, 3);
    }

    private BlockStack load(int start, int end) throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            return BlockStack.load(checkpoint, start, end, WeightsType.F32, kernels);
        }
    }

    /** As a server does that takes a block more. */
    void extend() throws IOException {
        blocks = blocks.extended(load(3, 4));
    }

    /** Loads an adapter of a folder into a table. */
    static void load(AdapterTable table, String name, Path folder) throws IOException {
        try (LoraAdapter adapter = LoraAdapter.open(folder)) {
            table.load(name, adapter);
        }
    }

    /** What the first two blocks make of some tokens. */
    float[] forward(@Nullable StackAdapter adapter) throws IOException, InterruptedException {
        return forward(adapter, 1, 3);
    }

    float[] forward(@Nullable StackAdapter adapter, int from, int to) throws IOException, InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            Tensor hidden =
                    Tensor.allocate(arena, DType.F32, 1, TOKENS, blocks.config().hiddenSize());
            for (int i = 0; i < hidden.elements(); i++) {
                hidden.setFloat(i, (float) Math.sin(i));
            }
            Part part = Part.uncached(1, TOKENS).withAdapter(adapter);
            try (var call = blocks.prepare(hidden, List.of(part), from, to, BlockHook.NONE)) {
                new InlineTeam().run(call, Deadline.never(real.environment().clock()));
            }
            return hidden.toFloats();
        }
    }

    @Override
    public void close() {
        blocks.close();
        kernels.close();
        real.close();
    }
}
