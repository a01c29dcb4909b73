package corolla.model.weights;

import corolla.tensor.DType;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How matrices are kept in memory after loading. */
public enum WeightsType {
    /** As they are stored; floats of eight bits as BF16. */
    AUTO,
    F32,
    BF16,
    F16;

    /** The type to keep a matrix in that is stored as {@code stored}; what was quantised while loading stays so. */
    public DType of(DType stored) {
        if (stored.isRowwise()) {
            return stored;
        }
        return switch (this) {
            case AUTO -> stored.isFloat8() ? DType.BF16 : stored;
            case F32 -> DType.F32;
            case BF16 -> DType.BF16;
            case F16 -> DType.F16;
        };
    }

    /** Reads {@code auto}, {@code f32}, {@code bf16}, {@code f16} and torch's {@code float32}, {@code bfloat16}, {@code float16}. */
    public static WeightsType parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "auto" -> AUTO;
            case "f32", "float32" -> F32;
            case "bf16", "bfloat16" -> BF16;
            case "f16", "float16" -> F16;
            default ->
                throw new IllegalArgumentException("unknown weights type \"" + text + "\", known: "
                        + Arrays.stream(values())
                                .map(type -> type.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", ")));
        };
    }
}
