package corolla.testkit;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Reads golden files: bytes and texts of other implementations, in a module's test resources under {@code golden/}. */
public final class GoldenFiles {
    private GoldenFiles() {}

    /** The bytes of {@code golden/NAME}. */
    public static byte[] bytes(String name) {
        String path = "golden/" + name;
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try (InputStream in = loader.getResourceAsStream(path)) {
            if (in == null) {
                throw new FileNotFoundException("no test resource " + path);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("golden file " + path + " cannot be read", e);
        }
    }

    /** The text of {@code golden/NAME}. */
    public static String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /** The bytes that {@code golden/NAME} spells in hexadecimal digits; white space does not count. */
    public static byte[] hex(String name) {
        return HexFormat.of().parseHex(text(name).replaceAll("\\s", ""));
    }
}
