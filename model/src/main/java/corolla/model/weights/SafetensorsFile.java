package corolla.model.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import corolla.model.family.CheckpointException;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One safetensors file: eight bytes of header length, a JSON header, then the data. Everything in the header is checked
 * when the file is opened. Thread-safe. Holds the file open until it is closed.
 */
public final class SafetensorsFile implements AutoCloseable {
    /** The reference implementation's limit. */
    private static final long HEADER_BYTES_MAX = 100_000_000;

    private static final int DIMENSIONS_MAX = 8;
    private static final Map<String, DType> TYPES = Map.ofEntries(
            Map.entry("F64", DType.F64),
            Map.entry("F32", DType.F32),
            Map.entry("F16", DType.F16),
            Map.entry("BF16", DType.BF16),
            Map.entry("I64", DType.I64),
            Map.entry("I32", DType.I32),
            Map.entry("I16", DType.I16),
            Map.entry("I8", DType.I8),
            Map.entry("U8", DType.U8),
            Map.entry("BOOL", DType.BOOL));

    private final Path path;
    private final FileChannel channel;
    private final Map<String, Entry> entries;

    private SafetensorsFile(Path path, FileChannel channel, Map<String, Entry> entries) {
        this.path = path;
        this.channel = channel;
        this.entries = entries;
    }

    /** A tensor's place in the file, {@code [start, end)}. */
    private record Entry(TensorInfo info, long start, long end) {}

    /** @throws CheckpointException when the header is broken or describes what the file does not have */
    public static SafetensorsFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new SafetensorsFile(path, channel, entries(channel));
        } catch (CheckpointException broken) {
            channel.close();
            throw new CheckpointException(path + ": " + broken.getMessage(), broken);
        } catch (IOException | RuntimeException failed) {
            channel.close();
            throw failed;
        }
    }

    /** Names of all tensors, in the header's order. */
    public Set<String> names() {
        return entries.keySet();
    }

    public Optional<TensorInfo> find(String name) {
        return Optional.ofNullable(entries.get(name)).map(Entry::info);
    }

    /**
     * Maps a tensor.
     *
     * @param arena owns the mapping
     * @throws CheckpointException when there is no such tensor
     */
    public Tensor read(String name, Arena arena) throws IOException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new CheckpointException(path + ": tensor " + name + " is missing");
        }
        return new Tensor(
                channel.map(MapMode.READ_ONLY, entry.start, entry.end - entry.start, arena),
                entry.info.dtype(),
                entry.info.shape());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static Map<String, Entry> entries(FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        long headerBytes = fileBytes < 8 ? -1 : bytes(channel, 0, 8).getLong();
        if (headerBytes < 2 || headerBytes > HEADER_BYTES_MAX || headerBytes > fileBytes - 8) {
            throw new CheckpointException("header of " + Long.toUnsignedString(headerBytes)
                    + " bytes in a file of " + fileBytes + " (at most " + HEADER_BYTES_MAX
                    + "): not a safetensors file, or cut");
        }
        JsonNode header = header(bytes(channel, 8, (int) headerBytes).array());
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : header.properties()) {
            if (!field.getKey().equals("__metadata__")) {
                entries.put(field.getKey(), entry(field.getKey(), field.getValue(), 8 + headerBytes, fileBytes));
            }
        }
        checkOverlaps(entries);
        return entries;
    }

    private static ByteBuffer bytes(FileChannel channel, long position, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new CheckpointException("file ends at byte " + (position + buffer.position()) + ": it is cut");
            }
        }
        return buffer.flip();
    }

    private static JsonNode header(byte[] json) throws IOException {
        JsonMapper strict = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        try {
            JsonNode header = strict.readTree(json);
            if (header.isObject()) {
                return header;
            }
        } catch (JsonProcessingException broken) {
            throw new CheckpointException("header is not JSON: " + broken.getOriginalMessage(), broken);
        }
        throw new CheckpointException("header is not a JSON object");
    }

    private static Entry entry(String name, JsonNode node, long dataStart, long fileBytes) throws CheckpointException {
        DType dtype = TYPES.get(node.path("dtype").asText());
        if (dtype == null) {
            throw new CheckpointException("tensor " + name + " has dtype " + node.path("dtype") + ", known are "
                    + TYPES.keySet().stream().sorted().toList());
        }
        Shape shape = shape(name, node.path("shape"));
        JsonNode offsets = node.path("data_offsets");
        if (offsets.size() != 2
                || !offsets.path(0).canConvertToLong()
                || !offsets.path(1).canConvertToLong()) {
            throw new CheckpointException("tensor " + name + " has data_offsets " + offsets);
        }
        long start = offsets.path(0).longValue();
        long end = offsets.path(1).longValue();
        if (start < 0 || end < start || end > fileBytes - dataStart) {
            throw new CheckpointException("tensor " + name + " takes bytes " + start + " to " + end
                    + " of the data, the file has " + (fileBytes - dataStart) + ": it is cut, fetch it again");
        }
        long expected = dtype.bytes(shape.elements());
        if (end - start != expected) {
            throw new CheckpointException("tensor " + name + " of " + dtype + " " + shape + " needs " + expected
                    + " bytes, its data_offsets give " + (end - start));
        }
        return new Entry(new TensorInfo(name, dtype, shape), dataStart + start, dataStart + end);
    }

    private static Shape shape(String name, JsonNode node) throws CheckpointException {
        if (!node.isArray() || node.size() > DIMENSIONS_MAX) {
            throw new CheckpointException("tensor " + name + " has shape " + node);
        }
        long[] dimensions = new long[node.size()];
        long elements = 1;
        for (int i = 0; i < dimensions.length; i++) {
            long dimension = node.get(i).canConvertToLong() ? node.get(i).longValue() : -1;
            if (dimension < 0 || (dimension > 0 && dimension > Long.MAX_VALUE / 16 / Math.max(1, elements))) {
                throw new CheckpointException("tensor " + name + " has shape " + node);
            }
            dimensions[i] = dimension;
            elements *= dimension;
        }
        return Shape.of(dimensions);
    }

    private static void checkOverlaps(Map<String, Entry> entries) throws CheckpointException {
        List<Entry> inOrder = new ArrayList<>(entries.values());
        inOrder.sort(Comparator.comparingLong(Entry::start).thenComparingLong(Entry::end));
        for (int i = 1; i < inOrder.size(); i++) {
            Entry before = inOrder.get(i - 1);
            Entry entry = inOrder.get(i);
            if (entry.start < before.end) {
                throw new CheckpointException(
                        "tensors " + before.info.name() + " and " + entry.info.name() + " overlap");
            }
        }
    }
}
