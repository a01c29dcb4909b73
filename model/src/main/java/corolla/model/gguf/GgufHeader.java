package corolla.model.gguf;

import corolla.model.family.CheckpointException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parses what stands before the data of a GGUF file. */
final class GgufHeader {
    private static final int MAGIC = 0x4655_4747; // "GGUF"
    private static final int TEXT = 8; // the type of a value
    private static final long ENTRIES_MAX = 1 << 16; // published files have about 40
    private static final long TENSORS_MAX = 1 << 18; // the largest expert models have a few thousand
    private static final int VALUES_MAX = 1 << 22; // altogether; the largest vocabularies have 2^18 tokens, 2^19 merges
    private static final int NAME_BYTES_MAX = 1 << 16; // the format's own limit
    private static final int TEXT_BYTES_MAX = 1 << 24; // chat templates have some 10 KB
    private static final int TEXTS_BYTES_MAX = 1 << 26; // altogether; the largest vocabularies have some 10 MB
    private static final int DEPTH_MAX = 4;
    private static final int DIMENSIONS_MAX = 4; // GGML_MAX_DIMS
    private static final long ALIGNMENT_MAX = 1 << 20;

    private final GgufCursor cursor;
    private int valuesLeft = VALUES_MAX;
    private int textBytesLeft = TEXTS_BYTES_MAX;

    GgufHeader(GgufCursor cursor) {
        this.cursor = cursor;
    }

    /** Metadata, tensors by name, and where the data begins. */
    record Parsed(Map<String, GgufValue> metadata, Map<String, GgufTensor> tensors, long dataStart) {}

    Parsed parse() throws CheckpointException {
        checkMagic();
        long tensorCount = cursor.count("tensors", 24, TENSORS_MAX);
        long entryCount = cursor.count("metadata entries", 13, ENTRIES_MAX);
        Map<String, GgufValue> metadata = new LinkedHashMap<>();
        for (long i = 0; i < entryCount; i++) {
            String key = cursor.text("a metadata key", NAME_BYTES_MAX);
            if (metadata.put(key, value(cursor.int32(), 0)) != null) {
                throw new CheckpointException("GGUF metadata has the key " + key + " twice");
            }
        }
        List<GgufTensor> tensors = new ArrayList<>();
        for (long i = 0; i < tensorCount; i++) {
            tensors.add(tensor());
        }
        long alignment = alignment(metadata);
        long dataStart = (cursor.position() + alignment - 1) / alignment * alignment;
        return new Parsed(metadata, placed(tensors, alignment, dataStart), dataStart);
    }

    private void checkMagic() throws CheckpointException {
        int magic = cursor.int32();
        if (magic != MAGIC) {
            throw new CheckpointException("not a GGUF file: it begins with " + Integer.toHexString(magic));
        }
        int version = cursor.int32();
        if (version != 2 && version != 3) {
            throw new CheckpointException("GGUF version is " + version + ", known are 2 and 3 (little-endian)");
        }
    }

    private GgufValue value(int type, int depth) throws CheckpointException {
        if (--valuesLeft < 0) {
            throw new CheckpointException("GGUF metadata has more than " + VALUES_MAX + " values");
        }
        return switch (type) {
            case 0 -> new GgufValue.Whole(Byte.toUnsignedLong(cursor.int8()));
            case 1 -> new GgufValue.Whole(cursor.int8());
            case 2 -> new GgufValue.Whole(Short.toUnsignedLong(cursor.int16()));
            case 3 -> new GgufValue.Whole(cursor.int16());
            case 4 -> new GgufValue.Whole(Integer.toUnsignedLong(cursor.int32()));
            case 5 -> new GgufValue.Whole(cursor.int32());
            case 6 -> new GgufValue.Real(Float.intBitsToFloat(cursor.int32()));
            case 7 -> new GgufValue.Whole(cursor.int8() == 0 ? 0 : 1);
            case TEXT -> new GgufValue.Text(text());
            case 9 -> sequence(depth + 1);
            case 10, 11 -> new GgufValue.Whole(cursor.int64());
            case 12 -> new GgufValue.Real(Double.longBitsToDouble(cursor.int64()));
            default -> throw new CheckpointException("GGUF metadata has a value of unknown type " + type);
        };
    }

    private String text() throws CheckpointException {
        long start = cursor.position();
        String text = cursor.text("a text", Math.min(TEXT_BYTES_MAX, textBytesLeft));
        textBytesLeft -= (int) (cursor.position() - start);
        return text;
    }

    private GgufValue sequence(int depth) throws CheckpointException {
        if (depth > DEPTH_MAX) {
            throw new CheckpointException("GGUF metadata nests arrays deeper than " + DEPTH_MAX);
        }
        int type = cursor.int32();
        long count = cursor.count("array elements", 1, valuesLeft);
        if (type == TEXT) {
            return new GgufValue.Sequence(texts((int) count));
        }
        List<GgufValue> values = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            values.add(value(type, depth));
        }
        return new GgufValue.Sequence(values);
    }

    private TextList texts(int count) throws CheckpointException {
        valuesLeft -= count;
        long start = cursor.position();
        int[] starts = new int[count + 1];
        for (int i = 0; i < count; i++) {
            int length = (int) cursor.count("bytes of a text", 1, Math.min(TEXT_BYTES_MAX, textBytesLeft));
            textBytesLeft -= Math.min(textBytesLeft, TextList.LENGTH_BYTES + length);
            starts[i] = (int) (cursor.position() - start);
            cursor.skip(length);
        }
        starts[count] = (int) (cursor.position() - start) + TextList.LENGTH_BYTES;
        return new TextList(cursor.bytes(start, cursor.position()), starts);
    }

    private GgufTensor tensor() throws CheckpointException {
        String name = cursor.text("a tensor's name", NAME_BYTES_MAX);
        int dimensionCount = cursor.int32();
        if (dimensionCount < 1 || dimensionCount > DIMENSIONS_MAX) {
            throw new CheckpointException("GGUF tensor " + name + " has " + dimensionCount + " dimensions");
        }
        List<Long> dimensions = new ArrayList<>();
        long elements = 1;
        for (int i = 0; i < dimensionCount; i++) {
            long dimension = cursor.int64();
            if (dimension <= 0 || dimension > Long.MAX_VALUE / 64 / elements) {
                throw new CheckpointException(
                        "GGUF tensor " + name + " has an absurd dimension " + Long.toUnsignedString(dimension));
            }
            elements *= dimension;
            dimensions.add(dimension);
        }
        return new GgufTensor(name, dimensions, cursor.int32(), cursor.int64());
    }

    private static long alignment(Map<String, GgufValue> metadata) throws CheckpointException {
        if (!(metadata.get("general.alignment") instanceof GgufValue.Whole(long alignment))) {
            return 32;
        }
        if (alignment < 8 || alignment > ALIGNMENT_MAX || Long.bitCount(alignment) != 1) {
            throw new CheckpointException("GGUF alignment is " + alignment + ", not a power of two from 8");
        }
        return alignment;
    }

    private static Map<String, GgufTensor> placed(List<GgufTensor> tensors, long alignment, long dataStart)
            throws CheckpointException {
        Map<String, GgufTensor> placed = new LinkedHashMap<>();
        for (GgufTensor tensor : tensors) {
            long offset = tensor.offset();
            if (offset < 0 || offset % alignment != 0 || offset > Long.MAX_VALUE - dataStart) {
                throw new CheckpointException("GGUF tensor " + tensor.name() + " lies at "
                        + Long.toUnsignedString(offset) + ", not a multiple of the alignment " + alignment);
            }
            GgufTensor there = new GgufTensor(tensor.name(), tensor.dimensions(), tensor.type(), dataStart + offset);
            if (placed.put(tensor.name(), there) != null) {
                throw new CheckpointException("GGUF file has the tensor " + tensor.name() + " twice");
            }
        }
        return placed;
    }
}
