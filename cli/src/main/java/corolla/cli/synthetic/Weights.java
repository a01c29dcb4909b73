package corolla.cli.synthetic;

import corolla.model.weights.BlockFormat;
import corolla.model.weights.Quantisation;
import corolla.model.weights.WeightsType;
import java.util.List;
import java.util.Locale;

/** How servers keep the blocks' matrices. */
public enum Weights {
    /** As the checkpoint has them: bf16. */
    AUTO(WeightsType.AUTO, Quantisation.NONE, 16),
    F32(WeightsType.F32, Quantisation.NONE, 32),
    BF16(WeightsType.AUTO, Quantisation.NONE, 16),
    /** With a scale for each row. */
    INT8(WeightsType.AUTO, Quantisation.INT8, 8.1),
    /** With a scale for each 64 numbers, quantised in turn. */
    NF4(WeightsType.AUTO, Quantisation.NF4, 4.2);

    private final WeightsType type;
    private final Quantisation quantisation;
    private final double bits;

    Weights(WeightsType type, Quantisation quantisation, double bits) {
        this.type = type;
        this.quantisation = quantisation;
        this.bits = bits;
    }

    /** About how many bytes so many of them take. */
    public long bytes(long elements) {
        return Math.round(elements * bits / Byte.SIZE);
    }

    /** Without a cache on disk, where random blocks would only be in the way. */
    public BlockFormat format() {
        return BlockFormat.of(type, quantisation);
    }

    /** The same for {@code corolla server}. */
    public List<String> serverArguments() {
        return quantisation == Quantisation.NONE
                ? List.of("--dtype", type.toString())
                : List.of("--quantization", quantisation.announcedName(), "--quantized-cache-gb", "0");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
