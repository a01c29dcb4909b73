package corolla.model.block;

import corolla.model.family.NormConfig;
import corolla.model.weights.WeightReader;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * A norm with its weights, forward and backward. Immutable; lives as long as what its reader keeps.
 *
 * @param weight f32 (H), as it is multiplied by
 * @param bias f32 (H) of a layer norm, null for others
 */
public record Norm(
        NormConfig config, Tensor weight, @Nullable Tensor bias) {

    /**
     * Reads a norm.
     *
     * @param name of its tensors, without {@code .weight}
     * @param size H
     * @throws corolla.model.family.CheckpointException when a tensor is missing or has a wrong shape
     */
    public static Norm read(WeightReader reader, String name, NormConfig config, long size) throws IOException {
        Tensor stored = reader.vector(name + ".weight", size);
        Tensor weight = config.offsetByOne() ? plusOne(stored, reader.placeOfVectors()) : stored;
        return switch (config.kind()) {
            case RMS -> new Norm(config, reader.kept(weight), null);
            case LAYER -> new Norm(config, reader.kept(weight), reader.kept(reader.vector(name + ".bias", size)));
        };
    }

    private static Tensor plusOne(Tensor stored, Arena arena) {
        Tensor weight = Tensor.allocate(arena, DType.F32, stored.shape().toArray());
        for (long i = 0; i < weight.elements(); i++) {
            weight.setFloat(i, 1 + stored.getFloat(i));
        }
        return weight;
    }

    /** y = norm(x); y may be x. */
    public void apply(Worker worker, Tensor x, Tensor y) {
        if (bias == null) {
            worker.kernels().rmsNorm(worker.me(), x, weight, config.epsilon(), y);
        } else {
            worker.kernels().layerNorm(worker.me(), x, weight, bias, config.epsilon(), y);
        }
    }

    /** y += norm(x), for norms after a branch, which are RMS norms. */
    void addTo(Worker worker, Tensor x, Tensor y) {
        worker.kernels().rmsNormAdd(worker.me(), x, weight, config.epsilon(), y);
    }

    /** dx += the gradient of x, where dy is that of norm(x). */
    public void backward(Worker worker, Tensor x, Tensor dy, Tensor dx) {
        if (bias == null) {
            worker.kernels().backward().rmsNorm(worker.me(), x, weight, config.epsilon(), dy, dx);
        } else {
            worker.kernels().backward().layerNorm(worker.me(), x, weight, config.epsilon(), dy, dx);
        }
    }
}
