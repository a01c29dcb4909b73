package corolla.model.gguf;

import java.util.List;

/**
 * Where a tensor's data lies.
 *
 * @param dimensions as in the file: the innermost (row length) first
 * @param type ggml's number of the data type
 * @param offset bytes from the start of the file
 */
public record GgufTensor(String name, List<Long> dimensions, int type, long offset) {

    public GgufTensor {
        dimensions = List.copyOf(dimensions);
    }
}
