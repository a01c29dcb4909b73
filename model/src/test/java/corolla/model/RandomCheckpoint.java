package corolla.model;

import corolla.model.family.AttentionConfig;
import corolla.model.family.BlockConfig;
import corolla.model.family.BlockLayout;
import corolla.model.family.EndsConfig;
import corolla.model.family.FeedForwardConfig.Gated;
import corolla.model.family.ModelConfig;
import corolla.model.family.NormConfig;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.TensorInfo;
import corolla.tensor.Activation;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;

/** A Llama of any size with seeded random weights; a tensor has the same numbers whenever it is read. Immutable. */
public final class RandomCheckpoint implements Checkpoint {
    private final ModelConfig config;
    private final DType dtype;
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /** With matrices stored as {@code dtype}; norms are F32. */
    public RandomCheckpoint(ModelConfig config, DType dtype) {
        this.config = config;
        this.dtype = dtype;
        long hidden = config.hiddenSize();
        shapes.put("embed_tokens.weight", Shape.of(config.vocabularySize(), hidden));
        shapes.put("norm.weight", Shape.of(hidden));
        shapes.put("lm_head.weight", Shape.of(config.vocabularySize(), hidden));
        for (int block = 0; block < config.blockCount(); block++) {
            putBlock("layers." + block + ".");
        }
    }

    /** The configuration of a Llama whose parts are all small. */
    public static ModelConfig llama(int blocks, int hidden, int vocabulary, AttentionConfig attention, int inner) {
        NormConfig norm = NormConfig.rms(1e-5);
        Gated feedForward = new Gated(inner, Activation.SILU, false);
        return new ModelConfig(
                "llama",
                ModelConfig.alike(blocks, new BlockConfig(BlockLayout.SEQUENTIAL, norm, attention, feedForward)),
                hidden,
                vocabulary,
                1024,
                EndsConfig.of(norm, false),
                DType.F32,
                OptionalInt.empty(),
                List.of());
    }

    private void putBlock(String prefix) {
        AttentionConfig attention = config.attention();
        long hidden = config.hiddenSize();
        long inner = config.block(0).feedForward().innerSize();
        shapes.put(prefix + "input_layernorm.weight", Shape.of(hidden));
        shapes.put(prefix + "self_attn.q_proj.weight", Shape.of(attention.querySize(), hidden));
        shapes.put(prefix + "self_attn.k_proj.weight", Shape.of(attention.keyValueSize(), hidden));
        shapes.put(prefix + "self_attn.v_proj.weight", Shape.of(attention.keyValueSize(), hidden));
        shapes.put(prefix + "self_attn.o_proj.weight", Shape.of(hidden, attention.querySize()));
        shapes.put(prefix + "post_attention_layernorm.weight", Shape.of(hidden));
        shapes.put(prefix + "mlp.gate_proj.weight", Shape.of(inner, hidden));
        shapes.put(prefix + "mlp.up_proj.weight", Shape.of(inner, hidden));
        shapes.put(prefix + "mlp.down_proj.weight", Shape.of(hidden, inner));
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Path path() {
        return Path.of("random");
    }

    @Override
    public Set<String> names() {
        return shapes.keySet();
    }

    @Override
    public Optional<TensorInfo> find(String name) {
        return Optional.ofNullable(shapes.get(name)).map(shape -> new TensorInfo(name, type(shape), shape));
    }

    @Override
    public Tensor read(String name, Arena arena) {
        Shape shape = find(name).orElseThrow().shape();
        boolean vector = shape.rank() == 1;
        float deviation = vector ? 0.2f : (float) (1 / Math.sqrt((double) shape.columns()));
        Random random = new Random(name.hashCode());
        Tensor tensor = Tensor.allocate(arena, type(shape), shape.toArray());
        float[] row = new float[Math.toIntExact(shape.columns())];
        for (long i = 0; i < tensor.rows(); i++) {
            for (int k = 0; k < row.length; k++) {
                row[k] = (vector ? 1 : 0) + deviation * (float) random.nextGaussian();
            }
            Elements.encodeRow(row, tensor, i);
        }
        return tensor;
    }

    private DType type(Shape shape) {
        return shape.rank() == 1 ? DType.F32 : dtype;
    }

    @Override
    public void close() {}
}
