package corolla.tensor.quant;

/**
 * How many features of activations went past int8 in products with {@link corolla.tensor.DType#INT8} weights.
 *
 * @param features all features of all rows
 * @param outliers those of at least {@link MixedRow#OUTLIER}
 */
public record OutlierShare(long features, long outliers) {
    public static final OutlierShare NONE = new OutlierShare(0, 0);

    /** From 0 to 1; 0 where nothing was multiplied. */
    public double share() {
        return features == 0 ? 0 : (double) outliers / features;
    }
}
