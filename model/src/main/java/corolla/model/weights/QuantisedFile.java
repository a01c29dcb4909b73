package corolla.model.weights;

import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** A block on disk: its tensors where its layout says, then the SHA-256 of all that. Holds the file open; mappings outlive it. */
final class QuantisedFile implements AutoCloseable {
    static final int HASH_BYTES = 32;
    private static final int CHUNK_BYTES = 1 << 20;

    private final FileChannel channel;

    private QuantisedFile(FileChannel channel) {
        this.channel = channel;
    }

    /** Fills in the bytes of one tensor. */
    interface Source {
        void write(BlockLayoutOnDisk.Entry entry, MemorySegment target) throws IOException;
    }

    /** @throws IOException when it is missing, or not what was written */
    static QuantisedFile open(Path path, BlockLayoutOnDisk layout) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            check(path, channel, layout);
            return new QuantisedFile(channel);
        } catch (IOException | RuntimeException | Error failed) {
            channel.close();
            throw failed;
        }
    }

    private static void check(Path path, FileChannel channel, BlockLayoutOnDisk layout) throws IOException {
        long expected = layout.bytes() + HASH_BYTES;
        if (channel.size() != expected) {
            throw new IOException(path + " has " + channel.size() + " bytes, expected are " + expected);
        }
        byte[] found = hash(channel, layout.bytes());
        ByteBuffer written = ByteBuffer.allocate(HASH_BYTES);
        while (written.hasRemaining() && channel.read(written, layout.bytes() + written.position()) >= 0) {
            // on, until it is whole
        }
        if (!Arrays.equals(found, written.array())) {
            throw new IOException(path + " is not what was written: its hash is another");
        }
    }

    /** By reading, not mapping: pages that nobody will need in order stay out of this process. */
    private static byte[] hash(FileChannel channel, long bytes) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
        long at = 0;
        while (at < bytes) {
            buffer.clear().limit((int) Math.min(CHUNK_BYTES, bytes - at));
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw new IOException("file ends at byte " + at);
            }
            digest.update(buffer.flip());
            at += count;
        }
        return digest.digest();
    }

    /** Writes a whole file, a tensor at a time: not through a mapping, which would end the process on a full disk. */
    static void write(Path path, BlockLayoutOnDisk layout, Source source) throws IOException {
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (BlockLayoutOnDisk.Entry entry : layout.entries()) {
                try (Arena passing = Arena.ofShared()) {
                    MemorySegment tensor = passing.allocate(entry.bytes(), Tensor.ALIGNMENT);
                    source.write(entry, tensor);
                    write(channel, tensor, entry.offset());
                }
            }
            if (channel.size() < layout.bytes()) { // the last tensor may end before the layout does
                write(channel, MemorySegment.ofArray(new byte[1]), layout.bytes() - 1);
            }
            write(channel, MemorySegment.ofArray(hash(channel, layout.bytes())), layout.bytes());
            channel.force(true);
        }
    }

    private static void write(FileChannel channel, MemorySegment data, long position) throws IOException {
        long at = 0;
        while (at < data.byteSize()) {
            long count = Math.min(CHUNK_BYTES, data.byteSize() - at);
            at += channel.write(data.asSlice(at, count).asByteBuffer(), position + at);
        }
    }

    MemorySegment map(BlockLayoutOnDisk.Entry entry, Arena arena) throws IOException {
        return channel.map(MapMode.READ_ONLY, entry.offset(), entry.bytes(), arena);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
