package corolla.kernels.cpu.onednn;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A shared object that travels in a jar. A truncated one kills the JVM when it is opened: size and hash are checked when it is unpacked,
 * before it gets its name, and the size at every start, where hashing 93 MB would cost a tenth.
 *
 * @param resource its place on the class path
 * @param name its file name
 * @param bytes its exact size
 * @param sha256 its hash in hexadecimal
 */
record NativeFile(String resource, String name, long bytes, String sha256) {

    boolean isOnClassPath() {
        return NativeFile.class.getClassLoader().getResource(resource) != null;
    }

    /** Unpacks to {@code folder} unless it is already there and whole, as its size shows. Several processes may do this at once. */
    Path unpack(Path folder) throws IOException {
        Path target = folder.resolve(name);
        if (hasSize(target)) {
            return target;
        }
        Files.createDirectories(folder);
        Path part = folder.resolve(name + "." + ProcessHandle.current().pid() + ".part");
        try {
            copyTo(part);
            if (!hasSize(part) || !hash(part).equals(sha256)) {
                throw new IOException("resource " + resource + " is not the expected file of " + bytes
                        + " bytes with SHA-256 " + sha256);
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
        return target;
    }

    private void copyTo(Path part) throws IOException {
        try (InputStream in = NativeFile.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("resource " + resource + " is not on the class path");
            }
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
        }
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE)) {
            file.force(true); // its name must not reach the disk before its bytes do
        }
    }

    private boolean hasSize(Path file) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) == bytes;
    }

    private static String hash(Path file) throws IOException {
        MessageDigest digest = sha256Digest();
        byte[] buffer = new byte[1 << 18];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256Digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
