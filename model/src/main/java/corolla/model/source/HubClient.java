package corolla.model.source;

import corolla.base.Environment;
import corolla.base.task.TaskScope;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Requests to the hub: redirects are followed by hand, so that the token goes to the hub only and never over a worse
 * connection. Thread-safe. Owns its connections.
 */
final class HubClient implements AutoCloseable {
    private static final Duration CONNECT_MAX = Duration.ofSeconds(20);
    private static final Duration ANSWER_MAX = Duration.ofSeconds(60);
    private static final int REDIRECTS_MAX = 6;

    private final Environment environment;
    private final URI endpoint;
    private final Optional<String> token;
    private final TaskScope scope;
    private final HttpClient client;

    HubClient(Environment environment, SourceConfig config) {
        this.environment = environment;
        this.endpoint = config.hubEndpoint();
        this.token = config.hubToken();
        this.scope = environment.tasks().open("http client for " + endpoint.getHost());
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(Redirect.NEVER)
                .connectTimeout(CONNECT_MAX)
                .executor(command -> scope.run("http work", command::run))
                .build();
    }

    /**
     * An answer with status 200 or 206.
     *
     * @param response its body is closed by whoever asked
     * @param etag the version of the content, as the hub or else the server of the content calls it; empty when neither says
     */
    record Answer(HttpResponse<InputStream> response, Optional<String> etag) {}

    /**
     * Sends a GET.
     *
     * @param path below the endpoint
     * @param headers beside the usual ones
     * @throws HubException for any answer without content
     */
    Answer get(String path, Map<String, String> headers) throws IOException, InterruptedException {
        URI address = URI.create(endpoint + path);
        Optional<String> linked = Optional.empty();
        for (int i = 0; i <= REDIRECTS_MAX; i++) {
            HttpResponse<InputStream> response = client.send(request(address, headers), BodyHandlers.ofInputStream());
            int status = response.statusCode();
            linked = linked.or(() -> response.headers().firstValue("x-linked-etag"));
            if (status == 200 || status == 206) {
                Optional<String> etag =
                        linked.or(() -> response.headers().firstValue("etag")).map(HubClient::strong);
                return new Answer(response, etag);
            }
            response.body().close();
            Optional<String> location = response.headers().firstValue("location");
            if (status / 100 != 3 || location.isEmpty()) {
                String asked = address.getScheme() + "://" + address.getAuthority() + address.getPath();
                throw HubException.of(
                        response,
                        asked,
                        token.isPresent() && isHub(address),
                        environment.clock().now());
            }
            address = redirected(address, location.get());
        }
        throw HubException.permanent(
                endpoint + path + " redirects more than " + REDIRECTS_MAX + " times, at last to " + address.getHost());
    }

    /** Whether a version is weak says nothing about bytes that are compared by other means, too. */
    private static String strong(String etag) {
        return etag.startsWith("W/") ? etag.substring(2) : etag;
    }

    @Override
    public void close() {
        client.shutdownNow();
        scope.close();
    }

    private HttpRequest request(URI address, Map<String, String> headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address).timeout(ANSWER_MAX).header("User-Agent", "corolla");
        headers.forEach(request::header);
        if (token.isPresent() && isHub(address)) {
            request.header("Authorization", "Bearer " + token.get());
        }
        return request.GET().build();
    }

    private boolean isHub(URI address) {
        return endpoint.getScheme().equals(address.getScheme())
                && endpoint.getAuthority().equals(address.getAuthority());
    }

    private static URI redirected(URI from, String location) throws IOException {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException broken) {
            throw HubException.permanent(from.getHost() + " redirects to \"" + location + "\", which is no address");
        }
        boolean known =
                "https".equals(to.getScheme()) || ("http".equals(to.getScheme()) && "http".equals(from.getScheme()));
        if (!known || to.getHost() == null) {
            throw HubException.permanent(from.getHost() + " redirects to " + to.getScheme() + ", a worse connection");
        }
        return to;
    }
}
