package corolla.model.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files, in lower-case hexadecimal. */
final class Sha256 {

    private Sha256() {}

    static String of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java has it
        }
    }

    /** @throws IOException when the file's size or hash is another */
    static void check(Path file, long bytes, String sha256) throws IOException {
        long found = Files.size(file);
        if (found != bytes) {
            throw new IOException(file + " has " + found + " bytes, expected are " + bytes);
        }
        String hash = of(file);
        if (!hash.equals(sha256)) {
            throw new IOException(file + " has SHA-256 " + hash + ", expected is " + sha256);
        }
    }
}
