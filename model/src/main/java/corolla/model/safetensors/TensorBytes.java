package corolla.model.safetensors;

import corolla.model.family.CheckpointException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Tensors' data on this machine: a whole file, or pieces of it. Thread-safe. */
public sealed interface TensorBytes {

    SafetensorsHeader header();

    /**
     * Maps a tensor's data.
     *
     * @param arena owns the mapping
     * @throws CheckpointException when it is not here
     */
    MemorySegment map(SafetensorsEntry entry, Arena arena) throws IOException;

    /**
     * Opens a file; where it is not there, the pieces that were fetched of it.
     *
     * @throws CheckpointException when its header is broken or describes what the file does not have
     */
    static TensorBytes open(Path file) throws IOException {
        PieceFolder folder = PieceFolder.of(file);
        try {
            if (!Files.exists(file) && folder.exists()) {
                SafetensorsHeader header = folder.header();
                return new Pieces(file, folder, header, Piece.cut(header));
            }
            return Whole.open(file);
        } catch (CheckpointException broken) {
            throw new CheckpointException(file + ": " + broken.getMessage(), broken);
        }
    }

    /**
     * A whole file. It is open only while it is read or mapped: a channel that all share would be closed for all when a thread that uses it is
     * interrupted.
     */
    record Whole(Path path, SafetensorsHeader header) implements TensorBytes {

        private static Whole open(Path path) throws IOException {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                return new Whole(path, readHeader(channel));
            }
        }

        private static SafetensorsHeader readHeader(FileChannel channel) throws IOException {
            long fileBytes = channel.size();
            byte[] first = read(channel, 0, (int) Math.min(fileBytes, SafetensorsHeader.LENGTH_BYTES));
            int json = SafetensorsHeader.jsonBytes(first, fileBytes);
            return SafetensorsHeader.parse(read(channel, SafetensorsHeader.LENGTH_BYTES, json), fileBytes);
        }

        private static byte[] read(FileChannel channel, long position, int count) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(count);
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    throw new CheckpointException(
                            "file ends at byte " + (position + buffer.position()) + ": it is cut");
                }
            }
            return buffer.array();
        }

        @Override
        public MemorySegment map(SafetensorsEntry entry, Arena arena) throws IOException {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                long size = channel.size();
                if (entry.end() > size) { // it was whole when its header was read
                    throw new CheckpointException(path + ": tensor " + entry.name() + " takes bytes " + entry.start()
                            + " to " + entry.end() + ", the file has " + size + " now: it was cut, fetch it again");
                }
                return channel.map(MapMode.READ_ONLY, entry.start(), entry.bytes(), arena);
            }
        }
    }

    /** Some pieces of a file. */
    record Pieces(Path path, PieceFolder folder, SafetensorsHeader header, List<Piece> pieces) implements TensorBytes {

        @Override
        public MemorySegment map(SafetensorsEntry entry, Arena arena) throws IOException {
            if (entry.bytes() == 0) {
                return MemorySegment.NULL;
            }
            Piece piece = pieces.stream()
                    .filter(some -> some.contains(entry))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException(entry + " is in no piece of " + path));
            Path file = folder.file(piece);
            if (!Files.exists(file)) {
                throw new CheckpointException(path + ": tensor " + entry.name()
                        + " was not fetched: only the blocks that were asked for are here, ask for its block, too");
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                if (channel.size() != piece.bytes()) {
                    throw new CheckpointException(file + " has " + channel.size() + " bytes, expected are "
                            + piece.bytes() + ": delete it and fetch it again");
                }
                return channel.map(MapMode.READ_ONLY, entry.start() - piece.start(), entry.bytes(), arena);
            }
        }
    }
}
