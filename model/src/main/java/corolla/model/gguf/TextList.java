package corolla.model.gguf;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;

/**
 * Many texts in one array of bytes; a string is made when one is asked for. A server asks for none of its model's vocabulary. Immutable.
 */
final class TextList extends AbstractList<GgufValue> implements RandomAccess {
    /** Before each text stands its length. */
    static final int LENGTH_BYTES = Long.BYTES;

    private final byte[] bytes; // adopted
    private final int[] starts; // of each text, and of one after the last

    /** @param bytes of all texts, as they stand in the file; adopted, as is {@code starts} */
    TextList(byte[] bytes, int[] starts) {
        this.bytes = bytes;
        this.starts = starts;
    }

    @Override
    public GgufValue get(int index) {
        Objects.checkIndex(index, size());
        int length = starts[index + 1] - LENGTH_BYTES - starts[index];
        return new GgufValue.Text(new String(bytes, starts[index], length, StandardCharsets.UTF_8));
    }

    @Override
    public int size() {
        return starts.length - 1;
    }
}
