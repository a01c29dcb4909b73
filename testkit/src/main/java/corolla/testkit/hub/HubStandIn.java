package corolla.testkit.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A small hub on this machine: one repository, {@code org/tiny}, and troubles on demand. Thread-safe. */
public final class HubStandIn implements AutoCloseable {
    public static final String REPOSITORY = "org/tiny";
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

    private final HttpServer server;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, String> hashes = new LinkedHashMap<>(); // JSON members of the listing
    private final List<String> requests = new ArrayList<>();
    private Predicate<HttpExchange> trouble = exchange -> false;
    private boolean ignoresRanges;

    public HubStandIn() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** The same server under another name, as a content network would be. */
    public URI otherAddress() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    /** Adds a large file, which the hub lists with a SHA-256. */
    public synchronized void put(String name, byte[] content, String sha256) {
        files.put(name, content);
        hashes.put(name, "\"lfs\":{\"sha256\":\"" + sha256 + "\"}");
    }

    /** Adds a large file with its true hash. */
    public void putLarge(String name, byte[] content) {
        put(name, content, hash("SHA-256", content));
    }

    /** Adds a small file, which the hub lists with git's hash. */
    public synchronized void put(String name, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        byte[] before = ("blob " + bytes.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(before, before.length + bytes.length);
        System.arraycopy(bytes, 0, all, before.length, bytes.length);
        files.put(name, bytes);
        hashes.put(name, "\"blobId\":\"" + hash("SHA-1", all) + "\"");
    }

    /** Adds the files of a folder: JSON as small ones, all others as large ones. */
    public void putAll(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".json")) {
                    put(name, Files.readString(file));
                } else {
                    putLarge(name, Files.readAllBytes(file));
                }
            }
        }
    }

    /** Replaces contents, but not what the hub lists. */
    public synchronized void tamper(String name, byte[] content) {
        files.put(name, content);
    }

    public synchronized byte[] content(String name) {
        return Objects.requireNonNull(files.get(name)).clone();
    }

    /** All requests so far: path, range and authorization, with spaces between. */
    public synchronized List<String> requests() {
        return List.copyOf(requests);
    }

    /** Is asked first; true when it has answered. */
    public synchronized void trouble(Predicate<HttpExchange> answers) {
        trouble = answers;
    }

    /** From now on all of a file is sent, whatever was asked for. */
    public synchronized void ignoreRanges() {
        ignoresRanges = true;
    }

    public static void answer(HttpExchange exchange, int status) {
        try {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    public static void redirect(HttpExchange exchange, URI to) {
        exchange.getResponseHeaders().add("Location", to.toString());
        answer(exchange, 302);
    }

    /** Announces all that was asked for and sends half of it. */
    public void sendHalf(HttpExchange exchange, String name) {
        byte[] content = content(name);
        try {
            byte[] wanted = wanted(exchange, content);
            exchange.sendResponseHeaders(status(exchange), wanted.length);
            exchange.getResponseBody().write(wanted, 0, wanted.length / 2);
            exchange.getResponseBody().flush();
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        } finally {
            exchange.close();
        }
    }

    private synchronized void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String range = exchange.getRequestHeaders().getFirst("Range");
        requests.add(path + " " + range + " " + exchange.getRequestHeaders().getFirst("Authorization"));
        if (trouble.test(exchange)) {
            return;
        }
        if (path.startsWith("/api/models/" + REPOSITORY + "/revision/")) {
            send(exchange, 200, listing().getBytes(StandardCharsets.UTF_8));
            return;
        }
        String prefix = "/" + REPOSITORY + "/resolve/" + COMMIT + "/";
        byte[] content = path.startsWith(prefix) ? files.get(path.substring(prefix.length())) : null;
        if (content == null) {
            answer(exchange, 404);
            return;
        }
        if (exchange.getResponseHeaders().getFirst("ETag") == null) {
            exchange.getResponseHeaders().add("ETag", "\"" + hash("SHA-1", content) + "\"");
        }
        byte[] wanted = wanted(exchange, content);
        send(exchange, status(exchange), wanted);
    }

    /** What the range of a request asks for; {@code content} itself when it has none. */
    private byte[] wanted(HttpExchange exchange, byte[] content) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        Matcher matcher = RANGE.matcher(range == null || ignoresRanges ? "" : range);
        if (!matcher.matches()) {
            return content;
        }
        int start = Integer.parseInt(matcher.group(1));
        int end = matcher.group(2).isEmpty()
                ? content.length
                : Math.min(content.length, Integer.parseInt(matcher.group(2)) + 1);
        exchange.getResponseHeaders().add("Content-Range", "bytes " + start + "-" + (end - 1) + "/" + content.length);
        return Arrays.copyOfRange(content, start, end);
    }

    private static int status(HttpExchange exchange) {
        return exchange.getResponseHeaders().containsKey("Content-Range") ? 206 : 200;
    }

    private String listing() {
        List<String> siblings = new ArrayList<>();
        files.forEach((name, content) -> siblings.add(
                "{\"rfilename\":\"" + name + "\",\"size\":" + content.length + "," + hashes.get(name) + "}"));
        return "{\"sha\":\"" + COMMIT + "\",\"siblings\":[" + String.join(",", siblings) + "]}";
    }

    private static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
    }

    private static String hash(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every Java has both
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
