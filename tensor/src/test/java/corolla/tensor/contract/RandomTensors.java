package corolla.tensor.contract;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import java.lang.foreign.Arena;
import java.util.Random;

/** Tensors of seeded normal numbers, and products in double precision. */
public final class RandomTensors {
    private final Arena arena;
    private final Random random;

    public RandomTensors(Arena arena, long seed) {
        this.arena = arena;
        this.random = new Random(seed);
    }

    public Tensor floats(long... shape) {
        Tensor tensor = Tensor.allocate(arena, DType.F32, shape);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, (float) random.nextGaussian());
        }
        return tensor;
    }

    public Tensor of(DType dtype, long... shape) {
        return Elements.convert(arena, floats(shape), dtype);
    }

    /** Decoded weights, (rows, columns). */
    public static float[][] decode(Tensor... parts) {
        int rows = 0;
        for (Tensor part : parts) {
            rows += (int) part.rows();
        }
        float[][] decoded = new float[rows][(int) parts[0].columns()];
        int at = 0;
        for (Tensor part : parts) {
            for (long row = 0; row < part.rows(); row++) {
                Elements.decodeRow(part, row, decoded[at++]);
            }
        }
        return decoded;
    }
}
