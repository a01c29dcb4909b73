package corolla.model.block;

import corolla.model.block.ProjectionPlan.Module;
import corolla.model.block.ProjectionPlan.Slot;
import corolla.model.family.AttentionConfig;
import corolla.model.family.AttentionConfig.Storage;
import corolla.model.family.BlockConfig;
import corolla.model.family.BlockLayout;
import corolla.model.family.Families;
import corolla.model.family.FeedForwardConfig;
import corolla.model.family.LatentConfig;
import corolla.model.family.TensorNames;
import corolla.model.family.TensorRole;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightReader;
import corolla.model.weights.WeightsType;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.DType;
import corolla.tensor.ExpertLayer;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the tensors of one block by the names of its family and assembles its parts. Confined to one thread. */
final class BlockReader {
    private final BlockConfig config;
    private final long hidden;
    private final TensorNames names;
    private final String prefix;
    private final WeightReader reader;
    private final Kernels kernels;
    private final Arena arena;

    /**
     * For one block.
     *
     * @param arena owns what the block keeps
     * @param passing owns what is needed while it is read
     */
    BlockReader(Checkpoint checkpoint, int block, WeightsType type, Kernels kernels, Arena arena, Arena passing)
            throws IOException {
        this.config = checkpoint.config().block(block);
        this.hidden = checkpoint.config().hiddenSize();
        this.names = Families.of(checkpoint.config().modelType()).tensors();
        this.prefix = names.block(block);
        this.reader = new WeightReader(checkpoint, arena, passing, type, kernels);
        this.kernels = kernels;
        this.arena = arena;
    }

    BlockWeights read() throws IOException {
        BlockLayout layout = config.layout();
        boolean twoInParallel = layout == BlockLayout.PARALLEL_TWO_NORMS;
        Norm first = norm(twoInParallel ? TensorRole.PARALLEL_ATTENTION_NORM : TensorRole.ATTENTION_NORM);
        Norm second = layout == BlockLayout.PARALLEL
                ? first
                : norm(twoInParallel ? TensorRole.PARALLEL_FEED_FORWARD_NORM : TensorRole.FEED_FORWARD_NORM);
        return new BlockWeights(
                arena,
                config,
                first,
                attention(),
                layout.hasPostNorms() ? norm(TensorRole.ATTENTION_POST_NORM) : null,
                second,
                feedForward(),
                layout.hasPostNorms() ? norm(TensorRole.FEED_FORWARD_POST_NORM) : null);
    }

    private AttentionPart attention() throws IOException {
        AttentionConfig attention = config.attention();
        if (attention.latent() != null) {
            return latentAttention(attention, attention.latent());
        }
        Projection queryKeyValue = switch (attention.storage()) {
            case SEPARATE ->
                projection(
                        Slot.ATTENTION_INPUT,
                        hidden,
                        attention.inputBias(),
                        module(TensorRole.QUERY, attention.querySize()),
                        module(TensorRole.KEY, attention.keyValueSize()),
                        module(TensorRole.VALUE, attention.keyValueSize()));
            case GROUPED, JOINED -> queryKeyValue(attention);
        };
        Projection output = projection(
                Slot.ATTENTION_OUTPUT,
                attention.querySize(),
                attention.outputBias(),
                module(TensorRole.ATTENTION_OUTPUT, hidden));
        Tensor sinks = attention.sinks() ? reader.kept(reader.vector(name(TensorRole.SINKS), attention.heads())) : null;
        return new HeadAttention(attention, queryKeyValue, headNorms(attention), sinks, output);
    }

    private LatentAttention latentAttention(AttentionConfig attention, LatentConfig latent) throws IOException {
        int heads = attention.heads();
        boolean hasQueryLatent = latent.queryRank() > 0;
        TensorRole firstQuery = hasQueryLatent ? TensorRole.QUERY_LATENT : TensorRole.QUERY;
        Projection first = projection(
                Slot.ATTENTION_INPUT,
                hidden,
                attention.inputBias(),
                module(firstQuery, latent.firstQuerySize(heads)),
                module(TensorRole.KEY_VALUE_LATENT, latent.rank() + (long) latent.ropeSize()));
        LatentWeights weights = latentWeights(heads, latent);
        return new LatentAttention(
                attention,
                first,
                hasQueryLatent ? norm(TensorRole.QUERY_LATENT_NORM, latent.queryRank()) : null,
                hasQueryLatent
                        ? projection(
                                Slot.QUERY_FROM_LATENT,
                                latent.queryRank(),
                                false,
                                module(TensorRole.QUERY_FROM_LATENT, (long) heads * latent.querySize()))
                        : null,
                norm(TensorRole.KEY_VALUE_LATENT_NORM, latent.rank()),
                weights.keys(),
                weights.values(),
                projection(
                        Slot.ATTENTION_OUTPUT,
                        (long) heads * latent.valueSize(),
                        attention.outputBias(),
                        module(TensorRole.ATTENTION_OUTPUT, hidden)));
    }

    private LatentWeights latentWeights(int heads, LatentConfig latent) throws IOException {
        String keys = name(TensorRole.KEY_FROM_LATENT) + ".weight";
        if (reader.has(keys)) {
            String values = name(TensorRole.VALUE_FROM_LATENT) + ".weight";
            return LatentWeights.apart(
                    reader.stacked(keys, heads, latent.rank(), latent.plainSize()),
                    reader.stacked(values, heads, latent.valueSize(), latent.rank()),
                    kernels,
                    arena);
        }
        Tensor keysAndValues = reader.matrix(
                name(TensorRole.KEY_VALUE_FROM_LATENT) + ".weight",
                (long) heads * (latent.plainSize() + latent.valueSize()),
                latent.rank());
        return LatentWeights.together(keysAndValues, heads, latent, kernels, arena, reader.placeOf(DType.F32));
    }

    private @Nullable HeadNorms headNorms(AttentionConfig attention) throws IOException {
        if (!attention.headNorms()) {
            return null;
        }
        Norm query = Norm.read(reader, name(TensorRole.QUERY_NORM), config.norm(), attention.headSize());
        Norm key = Norm.read(reader, name(TensorRole.KEY_NORM), config.norm(), attention.headSize());
        return new HeadNorms(query.weight(), key.weight(), config.norm().epsilon());
    }

    private FeedForward feedForward() throws IOException {
        return switch (config.feedForward()) {
            case FeedForwardConfig.Sparse sparse -> experts(sparse);
            case FeedForwardConfig.Gated gated ->
                new DenseFeedForward(
                        gated,
                        projection(
                                Slot.FEED_FORWARD_INPUT,
                                hidden,
                                gated.bias(),
                                module(TensorRole.GATE, gated.innerSize()),
                                module(TensorRole.UP, gated.innerSize())),
                        projection(
                                Slot.FEED_FORWARD_OUTPUT,
                                gated.innerSize(),
                                gated.bias(),
                                module(TensorRole.DOWN, hidden)));
            case FeedForwardConfig.Plain plain ->
                new DenseFeedForward(
                        plain,
                        projection(
                                Slot.FEED_FORWARD_INPUT,
                                hidden,
                                plain.bias(),
                                module(TensorRole.UP, plain.innerSize())),
                        projection(
                                Slot.FEED_FORWARD_OUTPUT,
                                plain.innerSize(),
                                plain.bias(),
                                module(TensorRole.DOWN, hidden)));
        };
    }

    private SparseFeedForward experts(FeedForwardConfig.Sparse sparse) throws IOException {
        ExpertReader experts = new ExpertReader(sparse, hidden, names, prefix, reader, kernels, arena);
        Tensor correction = sparse.corrected()
                ? onHost(reader.vector(
                        name(TensorRole.ROUTER_CORRECTION), sparse.rule().experts()))
                : null;
        Projection router = experts.router();
        ExpertLayer layer = new ExpertLayer(sparse.rule(), correction, experts.up(), sparse.gate(), experts.down());
        return new SparseFeedForward(
                sparse,
                router,
                layer,
                kernels.experts().routed(arena, layer).orElse(null),
                sparse.sharedSize() == 0
                        ? null
                        : new DenseFeedForward(
                                sparse.shared(),
                                projection(
                                        Slot.FEED_FORWARD_INPUT,
                                        hidden,
                                        false,
                                        module(TensorRole.SHARED_GATE, sparse.sharedSize()),
                                        module(TensorRole.SHARED_UP, sparse.sharedSize())),
                                projection(
                                        Slot.FEED_FORWARD_OUTPUT,
                                        sparse.sharedSize(),
                                        false,
                                        module(TensorRole.SHARED_DOWN, hidden))),
                experts.plans());
    }

    /** A copy that the host reads for as long as the block lives. */
    private Tensor onHost(Tensor vector) {
        return Tensor.of(arena, vector.toFloats(), vector.elements());
    }

    private Norm norm(TensorRole role) throws IOException {
        return norm(role, hidden);
    }

    private Norm norm(TensorRole role, long size) throws IOException {
        return Norm.read(reader, name(role), config.norm(), size);
    }

    private Module module(TensorRole role, long outputs) {
        return new Module(names.of(role), outputs);
    }

    private String name(TensorRole role) {
        return prefix + names.of(role);
    }

    /** Tensors with the same inputs as one layer, their outputs one after another. */
    private Projection projection(Slot slot, long inputs, boolean bias, Module... modules) throws IOException {
        Tensor[] weights = new Tensor[modules.length];
        List<Tensor> biases = new ArrayList<>();
        for (int i = 0; i < modules.length; i++) {
            String name = prefix + modules[i].name();
            weights[i] = reader.matrix(name + ".weight", modules[i].outputs(), inputs);
            if (bias) {
                biases.add(reader.vector(name + ".bias", modules[i].outputs()));
            }
        }
        var plan = new ProjectionPlan(slot, inputs, List.of(modules), null);
        return new Projection(plan, kernels.matrix(arena, weights), bias ? reader.kept(joined(biases)) : null);
    }

    private Tensor joined(List<Tensor> vectors) {
        if (vectors.size() == 1) {
            return vectors.getFirst();
        }
        long size = vectors.stream().mapToLong(Tensor::elements).sum();
        Tensor joined =
                Tensor.allocate(reader.placeOfVectors(), vectors.getFirst().dtype(), size);
        long at = 0;
        for (Tensor vector : vectors) {
            joined.data().asSlice(at, vector.data().byteSize()).copyFrom(vector.data());
            at += vector.data().byteSize();
        }
        return joined;
    }

    /** Queries, keys and values of one tensor. Adapters have the rows' order of the published checkpoints, whatever the file's. */
    private Projection queryKeyValue(AttentionConfig attention) throws IOException {
        Module module = module(TensorRole.QUERY_KEY_VALUE, attention.querySize() + 2L * attention.keyValueSize());
        GroupedRows order = GroupedRows.of(attention);
        boolean sorted = attention.storage() == Storage.JOINED;
        var plan = new ProjectionPlan(Slot.ATTENTION_INPUT, hidden, List.of(module), order);
        String name = prefix + module.name();
        Tensor stored = reader.matrix(name + ".weight", module.outputs(), hidden);
        Matrix weights = kernels.matrix(arena, sorted ? stored : order.sorted(stored, arena));
        if (!attention.inputBias()) {
            return new Projection(plan, weights, null);
        }
        Tensor bias = reader.vector(name + ".bias", module.outputs());
        Tensor inOrder = sorted
                ? bias
                : order.sorted(bias.reshape(module.outputs(), 1), reader.placeOfVectors())
                        .reshape(module.outputs());
        return new Projection(plan, weights, reader.kept(inOrder));
    }
}
