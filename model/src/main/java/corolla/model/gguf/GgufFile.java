package corolla.model.gguf;

import corolla.model.family.CheckpointException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One GGUF file: its metadata and where its tensors lie. Thread-safe. It is open only while it is read or mapped, so that one reader's
 * interruption closes it for nobody else.
 */
public final class GgufFile {
    private final Path path;
    private final long size; // when it was opened
    private final Map<String, GgufValue> metadata;
    private final Map<String, GgufTensor> tensors;
    private final long dataStart;

    private GgufFile(Path path, long size, GgufHeader.Parsed header) {
        this.path = path;
        this.size = size;
        this.metadata = header.metadata();
        this.tensors = header.tensors();
        this.dataStart = header.dataStart();
    }

    /** @throws CheckpointException when the header is broken or not understood */
    public static GgufFile open(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            long size = channel.size();
            MemorySegment file = channel.map(MapMode.READ_ONLY, 0, size, arena);
            return new GgufFile(path, size, new GgufHeader(new GgufCursor(file)).parse());
        } catch (CheckpointException broken) {
            throw new CheckpointException(path + ": " + broken.getMessage(), broken);
        }
    }

    public Path path() {
        return path;
    }

    /** All tensors by their names in the file, in the file's order. */
    public Map<String, GgufTensor> tensors() {
        return tensors;
    }

    /** Maps {@code bytes} of a tensor's data into an arena. */
    public MemorySegment map(GgufTensor tensor, long bytes, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long now = channel.size();
            if (bytes > now - tensor.offset()) {
                throw new CheckpointException(path + ": tensor " + tensor.name() + " takes bytes " + tensor.offset()
                        + " to " + (tensor.offset() + bytes) + ", the file has " + now + ": it is cut, fetch it again");
            }
            return channel.map(MapMode.READ_ONLY, tensor.offset(), bytes, arena);
        }
    }

    /** Bytes of the file. */
    public long size() {
        return size;
    }

    /** Where tensor data begins in the file. */
    public long dataStart() {
        return dataStart;
    }

    public Optional<String> text(String key) {
        return metadata.get(key) instanceof GgufValue.Text(String value) ? Optional.of(value) : Optional.empty();
    }

    public Optional<Long> whole(String key) {
        return metadata.get(key) instanceof GgufValue.Whole(long value) ? Optional.of(value) : Optional.empty();
    }

    public Optional<Double> real(String key) {
        return metadata.get(key) instanceof GgufValue.Real(double value) ? Optional.of(value) : Optional.empty();
    }

    /** An array's values; empty when there is no such array. */
    public Optional<List<GgufValue>> sequence(String key) {
        return metadata.get(key) instanceof GgufValue.Sequence(List<GgufValue> values)
                ? Optional.of(values)
                : Optional.empty();
    }
}
