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
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Fetches just the blocks that a server has chosen, and keeps what is in use in the cache. Confined: one change of a server at a time. */
final class BlockFiles implements BlockSource, AutoCloseable {
    private final Environment environment;
    private final Console console;
    private final SourceOptions source;
    private final String model;
    private final ModelConfig config;
    private final BlockFormat format;
    private final int alike;
    private final Kernels kernels;
    private final List<ModelFiles> inUse = new ArrayList<>(); // two while blocks change

    /** @param alike how many copies of the first block stand for all, as {@link BlockStack#alike} says; 0: each is itself */
    BlockFiles(
            Environment environment,
            Console console,
            SourceOptions source,
            String model,
            ModelConfig config,
            BlockFormat format,
            int alike,
            Kernels kernels) {
        this.environment = environment;
        this.console = console;
        this.source = source;
        this.model = model;
        this.config = config;
        this.format = format.shared(environment.sharing());
        this.alike = alike;
        this.kernels = kernels;
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public DType wireType() {
        return BlockSource.wireType(config, format.type());
    }

    @Override
    public Quantisation quantisation() {
        return format.quantisation();
    }

    @Override
    public KernelMemory memory() {
        return kernels.memory();
    }

    @Override
    public BlockStack load(Span span) throws IOException, InterruptedException {
        ModelParts parts = ModelParts.blocks(span.start(), span.end());
        ModelFiles files = ModelFiles.open(environment, console, source, model, parts);
        boolean loaded = false;
        try {
            BlockStack blocks = blocks(files, span);
            loaded = true;
            return blocks;
        } finally {
            if (loaded) {
                inUse.add(files);
            } else {
                files.close();
            }
        }
    }

    private BlockStack blocks(ModelFiles files, Span span) throws IOException {
        return alike == 0
                ? BlockStack.load(files.checkpoint(), span.start(), span.end(), format, kernels)
                : BlockStack.alike(files.checkpoint(), span.start(), span.end(), alike, format, kernels);
    }

    /** Only these files are in use; they have been fetched before. */
    @Override
    public void keep(Span span) throws IOException, InterruptedException {
        ModelParts parts = ModelParts.blocks(span.start(), span.end());
        ModelFiles files = ModelFiles.open(environment, console, source, model, parts);
        close();
        inUse.add(files);
    }

    /** The files may be removed from the cache when others need room. */
    @Override
    public void close() throws IOException {
        for (ModelFiles files : inUse) {
            files.close();
        }
        inUse.clear();
    }
}
