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

/** One GGUF file, opened: its metadata and where its tensors lie. Thread-safe. Holds the file open until it is closed. */
public final class GgufFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final Map<String, GgufValue> metadata;
    private final Map<String, GgufTensor> tensors;
    private final long dataStart;

    private GgufFile(Path path, FileChannel channel, GgufHeader.Parsed header) {
        this.path = path;
        this.channel = channel;
        this.metadata = header.metadata();
        this.tensors = header.tensors();
        this.dataStart = header.dataStart();
    }

    /** @throws CheckpointException when the header is broken or not understood */
    public static GgufFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment file = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            return new GgufFile(path, channel, new GgufHeader(new GgufCursor(file)).parse());
        } catch (CheckpointException broken) {
            channel.close();
            throw new CheckpointException(path + ": " + broken.getMessage(), broken);
        } catch (IOException | RuntimeException failed) {
            channel.close();
            throw failed;
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
        long size = channel.size();
        if (bytes > size - tensor.offset()) {
            throw new CheckpointException(path + ": tensor " + tensor.name() + " takes bytes " + tensor.offset()
                    + " to " + (tensor.offset() + bytes) + ", the file has " + size + ": it is cut, fetch it again");
        }
        return channel.map(MapMode.READ_ONLY, tensor.offset(), bytes, arena);
    }

    /** Bytes of the file. */
    public long size() throws IOException {
        return channel.size();
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

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
