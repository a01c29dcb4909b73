package corolla.model.source;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/** A small hub on this machine: one repository, and troubles on demand. */
final class HubStandIn implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final HttpServer server;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, String> sha256 = new LinkedHashMap<>();
    final List<String> requests = new ArrayList<>(); // "path range authorization"
    private Predicate<HttpExchange> trouble = exchange -> false;

    HubStandIn() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** The same server under another name, as a content network would be. */
    URI otherAddress() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    void put(String name, byte[] content, String sha256Hex) {
        files.put(name, content);
        sha256.put(name, sha256Hex);
    }

    void put(String name, String content) {
        put(name, content.getBytes(StandardCharsets.UTF_8), "");
    }

    /** Is asked first; true when it has answered. */
    void trouble(Predicate<HttpExchange> answers) {
        trouble = answers;
    }

    static void answer(HttpExchange exchange, int status) {
        try {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        } catch (IOException gone) {
            throw new IllegalStateException(gone);
        }
    }

    static void redirect(HttpExchange exchange, URI to) {
        exchange.getResponseHeaders().add("Location", to.toString());
        answer(exchange, 302);
    }

    /** Announces all of a file and sends half of it. */
    void sendHalf(HttpExchange exchange, String name) {
        byte[] content = Objects.requireNonNull(files.get(name));
        try {
            exchange.sendResponseHeaders(200, content.length);
            exchange.getResponseBody().write(content, 0, content.length / 2);
            exchange.getResponseBody().flush();
        } catch (IOException gone) {
            throw new IllegalStateException(gone);
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
        if (path.equals("/api/models/org/tiny/revision/main")) {
            send(exchange, 200, listing().getBytes(StandardCharsets.UTF_8));
            return;
        }
        String prefix = "/org/tiny/resolve/" + COMMIT + "/";
        byte[] content = path.startsWith(prefix) ? files.get(path.substring(prefix.length())) : null;
        if (content == null) {
            answer(exchange, 404);
        } else if (range != null) {
            int start = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + start + "-" + (content.length - 1) + "/" + content.length);
            byte[] rest = Arrays.copyOfRange(content, start, content.length);
            send(exchange, 206, rest);
        } else {
            send(exchange, 200, content);
        }
    }

    private String listing() {
        List<String> siblings = new ArrayList<>();
        files.forEach((name, content) -> siblings.add("{\"rfilename\":\"" + name + "\",\"size\":" + content.length
                + (sha256.getOrDefault(name, "").isEmpty() ? "" : ",\"lfs\":{\"sha256\":\"" + sha256.get(name) + "\"}")
                + "}"));
        return "{\"sha\":\"" + COMMIT + "\",\"siblings\":[" + String.join(",", siblings) + "]}";
    }

    private static void send(HttpExchange exchange, int status, byte[] content) throws IOException {
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
