package corolla.model.safetensors;

import corolla.tensor.DType;
import corolla.tensor.Shape;

/**
 * What the header says of a tensor, checked.
 *
 * @param start bytes from the start of the file
 * @param end byte after the last
 */
public record SafetensorsEntry(String name, DType dtype, Shape shape, long start, long end) {

    public long bytes() {
        return end - start;
    }
}
