package corolla.cli.synthetic;

import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/** Hidden states to measure with: small numbers, the same each time. Stateless. */
public final class Inputs {

    private Inputs() {}

    /**
     * New ones.
     *
     * @return (batch, tokens, hiddenSize) f32
     */
    public static Tensor allocate(Arena owner, int batch, int tokens, int hiddenSize) {
        Tensor hidden = Tensor.allocate(owner, DType.F32, batch, tokens, hiddenSize);
        fill(hidden);
        return hidden;
    }

    /** The same again: who runs blocks replaces their input, and numbers would grow from pass to pass. */
    public static void fill(Tensor hidden) {
        for (long i = 0; i < hidden.elements(); i++) {
            hidden.setFloat(i, (i % 7 - 3) * 0.1f);
        }
    }
}
