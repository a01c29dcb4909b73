package corolla.model.gguf;

import java.util.List;

/** One value of the metadata. */
public sealed interface GgufValue {

    /** Any of the integer types, and booleans as 0 and 1. */
    record Whole(long value) implements GgufValue {}

    /** Either of the float types. */
    record Real(double value) implements GgufValue {}

    record Text(String value) implements GgufValue {}

    /** A sequence of any of the values, arrays included. */
    record Sequence(List<GgufValue> values) implements GgufValue {

        public Sequence {
            values = values instanceof TextList ? values : List.copyOf(values);
        }
    }
}
