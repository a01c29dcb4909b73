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

    private final URI endpoint;
    private final Optional<String> token;
    private final TaskScope scope;
    private final HttpClient client;

    HubClient(Environment environment, SourceConfig config) {
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
     * Sends a GET.
     *
     * @param path below the endpoint
     * @param headers beside the usual ones
     * @return an answer with status 200 or 206, whose body the caller closes
     * @throws HubException for any other answer
     */
    HttpResponse<InputStream> get(String path, Map<String, String> headers) throws IOException, InterruptedException {
        URI address = URI.create(endpoint + path);
        for (int i = 0; i < REDIRECTS_MAX; i++) {
            HttpResponse<InputStream> response = client.send(request(address, headers), BodyHandlers.ofInputStream());
            int status = response.statusCode();
            if (status == 200 || status == 206) {
                return response;
            }
            response.body().close();
            Optional<String> location = response.headers().firstValue("location");
            if (status / 100 != 3 || location.isEmpty()) {
                throw HubException.of(
                        status,
                        address.getScheme() + "://" + address.getAuthority() + address.getPath(),
                        token.isPresent(),
                        response.headers().firstValue("retry-after"));
            }
            address = redirected(address, location.get());
        }
        throw new IOException(endpoint + path + " redirects more than " + REDIRECTS_MAX + " times");
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
            throw new IOException(from + " redirects to \"" + location + "\", which is no address", broken);
        }
        boolean known =
                "https".equals(to.getScheme()) || ("http".equals(to.getScheme()) && "http".equals(from.getScheme()));
        if (!known) {
            throw new IOException(from + " redirects to " + to.getScheme() + ", a worse connection");
        }
        return to;
    }
}
