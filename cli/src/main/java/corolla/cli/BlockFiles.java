package corolla.cli;

import corolla.base.Environment;
import corolla.model.block.BlockStack;
import corolla.model.family.ModelConfig;
import corolla.model.source.ModelParts;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.Quantisation;
import corolla.server.BlockSource;
import corolla.swarm.Span;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import java.io.IOException;

/** Fetches just the blocks that a server has chosen. */
record BlockFiles(
        Environment environment, Console console, String model, ModelConfig config, BlockFormat format, Kernels kernels)
        implements BlockSource {

    @Override
    public DType wireType() {
        return BlockSource.wireType(config, format.type());
    }

    @Override
    public Quantisation quantisation() {
        return format.quantisation();
    }

    @Override
    public BlockStack load(Span span) throws IOException, InterruptedException {
        ModelParts parts = ModelParts.blocks(span.start(), span.end());
        try (ModelFiles files = ModelFiles.open(environment, console, model, parts)) {
            return BlockStack.load(files.checkpoint(), span.start(), span.end(), format, kernels);
        }
    }
}
