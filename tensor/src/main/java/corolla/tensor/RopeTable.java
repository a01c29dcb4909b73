package corolla.tensor;

/**
 * Cosines and sines of rotary position embedding, made once by the model (scaling of frequencies is its business).
 *
 * @param cosines f32 (positions, rotated / 2), the attention factor already multiplied in
 * @param sines f32 of the same shape
 * @param pairing which two elements of a head turn together
 */
public record RopeTable(Tensor cosines, Tensor sines, Pairing pairing) {

    /** Which elements of a head form a pair: RoFormer's paper does one, Hugging Face's checkpoints are permuted for the other. */
    public enum Pairing {
        /** (i, i + rotated / 2): Hugging Face. */
        HALVES,
        /** (2i, 2i + 1): the paper; Llama weights in GGUF. */
        NEIGHBOURS
    }

    public RopeTable {
        if (cosines.dtype() != DType.F32
                || sines.dtype() != DType.F32
                || cosines.shape().rank() != 2
                || !cosines.shape().equals(sines.shape())) {
            throw new IllegalArgumentException(
                    "cosines " + cosines + " and sines " + sines + " are not two equal F32 tables");
        }
    }

    /** How many positions the table covers. */
    public long positions() {
        return cosines.rows();
    }

    /** How many leading elements of each head are rotated. */
    public int rotated() {
        return Math.toIntExact(2 * cosines.columns());
    }
}
