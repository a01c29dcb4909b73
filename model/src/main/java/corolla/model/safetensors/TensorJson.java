package corolla.model.safetensors;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import corolla.model.family.CheckpointException;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One tensor's description in the header: {@code {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}. */
final class TensorJson {
    private static final int DIMENSIONS_MAX = 8;
    private static final Map<String, DType> TYPES = Map.ofEntries(
            Map.entry("F64", DType.F64),
            Map.entry("F32", DType.F32),
            Map.entry("F16", DType.F16),
            Map.entry("BF16", DType.BF16),
            Map.entry("F8_E4M3", DType.F8_E4M3),
            Map.entry("F8_E5M2", DType.F8_E5M2),
            Map.entry("I64", DType.I64),
            Map.entry("I32", DType.I32),
            Map.entry("I16", DType.I16),
            Map.entry("I8", DType.I8),
            Map.entry("U8", DType.U8),
            Map.entry("BOOL", DType.BOOL));

    private final String name;
    private @Nullable String dtype;
    private long @Nullable [] shape;
    private long @Nullable [] offsets;

    private TensorJson(String name) {
        this.name = name;
    }

    /** Reads the value that the parser stands on. */
    static TensorJson read(String name, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new CheckpointException("tensor " + name + " is described by " + parser.getText());
        }
        var tensor = new TensorJson(name);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "dtype" -> tensor.dtype = parser.getText();
                case "shape" -> tensor.shape = tensor.numbers(field, parser);
                case "data_offsets" -> tensor.offsets = tensor.numbers(field, parser);
                default -> parser.skipChildren();
            }
        }
        return tensor;
    }

    private long[] numbers(String field, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new CheckpointException("tensor " + name + " has " + field + " " + parser.getText());
        }
        long[] numbers = new long[DIMENSIONS_MAX];
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            boolean isLong = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
            if (!isLong || count == DIMENSIONS_MAX) {
                throw new CheckpointException("tensor " + name + " has " + field + " "
                        + Arrays.toString(Arrays.copyOf(numbers, count)) + " and then " + parser.getText());
            }
            numbers[count++] = parser.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    /** Checks everything, and places the tensor in its file. */
    SafetensorsEntry place(long dataStart, long dataBytes) throws CheckpointException {
        DType type = dtype == null ? null : TYPES.get(dtype);
        if (type == null) {
            throw new CheckpointException("tensor " + name + " has dtype " + dtype + ", known are "
                    + TYPES.keySet().stream().sorted().toList());
        }
        Shape size = checkedShape();
        if (offsets == null || offsets.length != 2) {
            throw new CheckpointException("tensor " + name + " has data_offsets " + Arrays.toString(offsets));
        }
        long start = offsets[0];
        long end = offsets[1];
        if (start < 0 || end < start || end > dataBytes) {
            throw new CheckpointException("tensor " + name + " takes bytes " + start + " to " + end
                    + " of the data, the file has " + dataBytes + ": it is cut, fetch it again");
        }
        long expected = type.bytes(size.elements());
        if (end - start != expected) {
            throw new CheckpointException("tensor " + name + " of " + type + " " + size + " needs " + expected
                    + " bytes, its data_offsets give " + (end - start));
        }
        return new SafetensorsEntry(name, type, size, dataStart + start, dataStart + end);
    }

    private Shape checkedShape() throws CheckpointException {
        long elements = 1;
        for (long dimension : shape == null ? new long[] {-1} : shape) {
            if (dimension < 0 || (dimension > 0 && dimension > Long.MAX_VALUE / 16 / Math.max(1, elements))) {
                throw new CheckpointException("tensor " + name + " has shape " + Arrays.toString(shape));
            }
            elements *= dimension;
        }
        return shape == null ? Shape.of() : Shape.of(shape);
    }
}
