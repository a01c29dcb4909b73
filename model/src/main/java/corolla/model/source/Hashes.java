package corolla.model.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hashes of files, in lower-case hexadecimal. */
final class Hashes {

    private Hashes() {}

    static String sha256(Path file) throws IOException {
        return of(file, "SHA-256", new byte[0]);
    }

    /** Git's name of a file's contents: SHA-1 over {@code blob}, the size, a zero byte and the contents. */
    static String gitSha1(Path file) throws IOException {
        return of(file, "SHA-1", ("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.UTF_8));
    }

    private static String of(Path file, String algorithm, byte[] before) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(before);
            byte[] buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java has both
        }
    }

    /** @throws IOException when the file's size or hash is another */
    static void check(Path file, long bytes, String sha256) throws IOException {
        long found = Files.size(file);
        if (found != bytes) {
            throw new IOException(file + " has " + found + " bytes, expected are " + bytes);
        }
        String hash = sha256(file);
        if (!hash.equals(sha256)) {
            throw new IOException(file + " has SHA-256 " + hash + ", expected is " + sha256);
        }
    }
}
