package corolla.model.block;

import corolla.model.family.AttentionConfig;
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
import corolla.tensor.Kernels;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

    /** A tensor's part in a projection: its role, and how many outputs it has. */
    private record Rows(TensorRole role, long outputs) {}

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
                        hidden,
                        attention.inputBias(),
                        new Rows(TensorRole.QUERY, attention.querySize()),
                        new Rows(TensorRole.KEY, attention.keyValueSize()),
                        new Rows(TensorRole.VALUE, attention.keyValueSize()));
            case GROUPED -> groupedQueryKeyValue(attention);
        };
        Projection output = projection(
                attention.querySize(), attention.outputBias(), new Rows(TensorRole.ATTENTION_OUTPUT, hidden));
        Tensor sinks = attention.sinks() ? reader.vector(name(TensorRole.SINKS), attention.heads()) : null;
        return new HeadAttention(attention, queryKeyValue, headNorms(attention), sinks, output);
    }

    private LatentAttention latentAttention(AttentionConfig attention, LatentConfig latent) throws IOException {
        int heads = attention.heads();
        boolean hasQueryLatent = latent.queryRank() > 0;
        TensorRole firstQuery = hasQueryLatent ? TensorRole.QUERY_LATENT : TensorRole.QUERY;
        Projection first = projection(
                hidden,
                attention.inputBias(),
                new Rows(firstQuery, latent.firstQuerySize(heads)),
                new Rows(TensorRole.KEY_VALUE_LATENT, latent.rank() + (long) latent.ropeSize()));
        Tensor keysAndValues = reader.matrix(
                name(TensorRole.KEY_VALUE_FROM_LATENT) + ".weight",
                (long) heads * (latent.plainSize() + latent.valueSize()),
                latent.rank());
        LatentWeights weights = new LatentWeights(
                keysAndValues, heads, latent, kernels, arena, reader.placeOf(DType.F32));
        return new LatentAttention(
                attention,
                first,
                hasQueryLatent ? norm(TensorRole.QUERY_LATENT_NORM, latent.queryRank()) : null,
                hasQueryLatent
                        ? projection(
                                latent.queryRank(),
                                false,
                                new Rows(TensorRole.QUERY_FROM_LATENT, (long) heads * latent.querySize()))
                        : null,
                norm(TensorRole.KEY_VALUE_LATENT_NORM, latent.rank()),
                weights.keys(),
                weights.values(),
                projection(
                        (long) heads * latent.valueSize(),
                        attention.outputBias(),
                        new Rows(TensorRole.ATTENTION_OUTPUT, hidden)));
    }

    private @Nullable HeadNorms headNorms(AttentionConfig attention) throws IOException {
        if (!attention.headNorms()) {
            return null;
        }
        Norm query = Norm.read(reader, name(TensorRole.QUERY_NORM), config.norm(), attention.headSize(), arena);
        Norm key = Norm.read(reader, name(TensorRole.KEY_NORM), config.norm(), attention.headSize(), arena);
        return new HeadNorms(query.weight(), key.weight(), config.norm().epsilon());
    }

    private FeedForward feedForward() throws IOException {
        return switch (config.feedForward()) {
            case FeedForwardConfig.Sparse sparse -> experts(sparse);
            case FeedForwardConfig.Gated gated ->
                new DenseFeedForward(
                        gated,
                        projection(
                                hidden,
                                gated.bias(),
                                new Rows(TensorRole.GATE, gated.innerSize()),
                                new Rows(TensorRole.UP, gated.innerSize())),
                        projection(gated.innerSize(), gated.bias(), new Rows(TensorRole.DOWN, hidden)));
            case FeedForwardConfig.Plain plain ->
                new DenseFeedForward(
                        plain,
                        projection(hidden, plain.bias(), new Rows(TensorRole.UP, plain.innerSize())),
                        projection(plain.innerSize(), plain.bias(), new Rows(TensorRole.DOWN, hidden)));
        };
    }

    private SparseFeedForward experts(FeedForwardConfig.Sparse sparse) throws IOException {
        ExpertReader experts = new ExpertReader(sparse, hidden, names, prefix, reader, kernels, arena);
        Tensor correction = sparse.corrected()
                ? reader.vector(
                        name(TensorRole.ROUTER_CORRECTION), sparse.rule().experts())
                : null;
        return new SparseFeedForward(
                sparse,
                experts.router(),
                correction,
                experts.up(),
                experts.down(),
                sparse.sharedSize() == 0
                        ? null
                        : new DenseFeedForward(
                                sparse.shared(),
                                projection(
                                        hidden,
                                        false,
                                        new Rows(TensorRole.SHARED_GATE, sparse.sharedSize()),
                                        new Rows(TensorRole.SHARED_UP, sparse.sharedSize())),
                                projection(sparse.sharedSize(), false, new Rows(TensorRole.SHARED_DOWN, hidden))));
    }

    private Norm norm(TensorRole role) throws IOException {
        return norm(role, hidden);
    }

    private Norm norm(TensorRole role, long size) throws IOException {
        return Norm.read(reader, name(role), config.norm(), size, arena);
    }

    private String name(TensorRole role) {
        return prefix + names.of(role);
    }

    /** Tensors with the same inputs as one layer, their outputs one after another. */
    private Projection projection(long inputs, boolean bias, Rows... rows) throws IOException {
        Tensor[] weights = new Tensor[rows.length];
        List<Tensor> biases = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            weights[i] = reader.matrix(name(rows[i].role) + ".weight", rows[i].outputs, inputs);
            if (bias) {
                biases.add(reader.vector(name(rows[i].role) + ".bias", rows[i].outputs));
            }
        }
        return new Projection(kernels.matrix(arena, weights), bias ? joined(biases) : null);
    }

    private Tensor joined(List<Tensor> vectors) {
        if (vectors.size() == 1) {
            return vectors.getFirst();
        }
        long size = vectors.stream().mapToLong(Tensor::elements).sum();
        Tensor joined = Tensor.allocate(arena, vectors.getFirst().dtype(), size);
        long at = 0;
        for (Tensor vector : vectors) {
            joined.data().asSlice(at, vector.data().byteSize()).copyFrom(vector.data());
            at += vector.data().byteSize();
        }
        return joined;
    }

    private Projection groupedQueryKeyValue(AttentionConfig attention) throws IOException {
        String name = name(TensorRole.QUERY_KEY_VALUE);
        long outputs = attention.querySize() + 2L * attention.keyValueSize();
        Tensor weights = ungrouped(reader.matrix(name + ".weight", outputs, hidden), attention);
        if (!attention.inputBias()) {
            return new Projection(kernels.matrix(arena, weights), null);
        }
        Tensor bias = ungrouped(reader.vector(name + ".bias", outputs).reshape(outputs, 1), attention);
        return new Projection(kernels.matrix(arena, weights), bias.reshape(outputs));
    }

    /** Rows in groups of query heads, a key and a value, to all queries, all keys, all values; a single group is that already. */
    private Tensor ungrouped(Tensor grouped, AttentionConfig attention) {
        int groups = attention.keyValueHeads();
        if (groups == 1) {
            return grouped;
        }
        int heads = attention.heads() / groups;
        long headBytes = attention.headSize() * grouped.rowBytes();
        Tensor sorted = Tensor.allocate(arena, grouped.dtype(), grouped.shape().toArray());
        for (int group = 0; group < groups; group++) {
            long from = group * (heads + 2L) * headBytes;
            long key = attention.heads() + (long) group;
            copy(grouped, from, sorted, (long) group * heads * headBytes, heads * headBytes);
            copy(grouped, from + heads * headBytes, sorted, key * headBytes, headBytes);
            copy(grouped, from + (heads + 1) * headBytes, sorted, (key + groups) * headBytes, headBytes);
        }
        return sorted;
    }

    private static void copy(Tensor from, long at, Tensor to, long toAt, long bytes) {
        MemorySegment.copy(from.data(), at, to.data(), toAt, bytes);
    }
}
