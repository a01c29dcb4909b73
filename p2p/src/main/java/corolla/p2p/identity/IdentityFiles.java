package corolla.p2p.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Identity files on disk: the private key message as it is, readable by the owner only. */
final class IdentityFiles {
    /** RSA 8192 takes about 4,700 bytes. */
    private static final int FILE_BYTES_MAX = 16_384;

    private IdentityFiles() {}

    static Identity load(Path file) throws IOException {
        long size = Files.size(file);
        if (size > FILE_BYTES_MAX) {
            throw new IOException("identity file " + file + " has " + size + " bytes, more than " + FILE_BYTES_MAX
                    + ": it is no identity file");
        }
        try {
            return Identity.decode(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new IOException("identity file " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    static void save(Path file, byte[] bytes) throws IOException {
        Path target = file.toAbsolutePath();
        Path folder = target.getParent();
        if (folder == null) {
            throw new IOException("identity file " + file + " names no file");
        }
        Files.createDirectories(folder);
        Path draft = Files.createTempFile(folder, ".identity", ".tmp", ownerOnly());
        try {
            writeThrough(draft, bytes);
            move(draft, target);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static void writeThrough(Path file, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(file, Set.of(StandardOpenOption.WRITE))) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    private static void move(Path draft, Path target) throws IOException {
        try {
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
