package corolla.model.source;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where models come from and go to.
 *
 * @param cache folder of fetched models
 * @param hubEndpoint where Hugging Face ids are fetched from
 * @param hubToken sent to the hub only
 * @param python command that runs Python, for packages that carry a model
 */
public record SourceConfig(Path cache, URI hubEndpoint, Optional<String> hubToken, List<String> python) {
    private static final String HUB = "https://huggingface.co";

    public SourceConfig {
        python = List.copyOf(python);
        if (!"https".equals(hubEndpoint.getScheme()) && !"http".equals(hubEndpoint.getScheme())) {
            throw new IllegalArgumentException("hub endpoint " + hubEndpoint + " is not an http address");
        }
    }

    /** Reads {@code COROLLA_CACHE}, {@code HF_ENDPOINT}, {@code HF_TOKEN} and the hub's token file. */
    public static SourceConfig fromEnvironment(Map<String, String> environment) {
        Path home = Path.of(System.getProperty("user.home"));
        Path cache = value(environment, "COROLLA_CACHE")
                .map(Path::of)
                .orElse(home.resolve(".cache").resolve("corolla"));
        Path hubHome = value(environment, "HF_HOME")
                .map(Path::of)
                .orElse(home.resolve(".cache").resolve("huggingface"));
        Path tokenFile = value(environment, "HF_TOKEN_PATH").map(Path::of).orElse(hubHome.resolve("token"));
        String endpoint = value(environment, "HF_ENDPOINT").orElse(HUB);
        return new SourceConfig(
                cache,
                URI.create(endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint),
                value(environment, "HF_TOKEN").or(() -> token(tokenFile)),
                List.of("python3"));
    }

    private static Optional<String> value(Map<String, String> environment, String key) {
        return Optional.ofNullable(environment.get(key)).map(String::strip).filter(text -> !text.isEmpty());
    }

    /** A token that cannot be read counts as none: most models need none. */
    private static Optional<String> token(Path file) {
        try {
            return Files.isReadable(file)
                    ? Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty())
                    : Optional.empty();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** The token stays out of logs. */
    @Override
    public String toString() {
        return "SourceConfig[cache=" + cache + ", hubEndpoint=" + hubEndpoint + ", hubToken="
                + (hubToken.isPresent() ? "given" : "none") + ", python=" + python + "]";
    }
}
