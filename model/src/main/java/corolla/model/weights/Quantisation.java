package corolla.model.weights;

import corolla.tensor.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the matrices of blocks are turned into while loading; named as Petals names them ({@code quant_type}). */
public enum Quantisation {
    /** They stay in the type of their weights. */
    NONE,
    /** LLM.int8: {@link DType#INT8}. */
    INT8,
    /** QLoRA's NormalFloat: {@link DType#NF4}. */
    NF4;

    /** The type of quantised matrices; empty for {@link #NONE}. */
    public Optional<DType> dtype() {
        return switch (this) {
            case NONE -> Optional.empty();
            case INT8 -> Optional.of(DType.INT8);
            case NF4 -> Optional.of(DType.NF4);
        };
    }

    /** As it is announced: {@code none}, {@code int8}, {@code nf4}. */
    public String announcedName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads {@code none}, {@code int8} or {@code nf4}. */
    public static Quantisation parse(String text) {
        return Arrays.stream(values())
                .filter(one -> one.name().equalsIgnoreCase(text))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("unknown quantization \"" + text + "\", known: "
                        + Arrays.stream(values())
                                .map(Quantisation::announcedName)
                                .collect(Collectors.joining(", "))));
    }
}
