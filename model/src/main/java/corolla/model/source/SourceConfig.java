package corolla.model.source;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where models come from and go to.
 *
 * @param cache folder of fetched models
 * @param hubEndpoint where Hugging Face ids are fetched from
 * @param hubToken sent to the hub only
 * @param python command that runs Python, for packages that carry a model
 * @param cacheBytesMax how much fetched models may take together; {@code Long.MAX_VALUE} for as much as the disk has
 * @param offline whether to use only what was fetched before
 */
@RecordBuilder
public record SourceConfig(
        Path cache,
        URI hubEndpoint,
        Optional<String> hubToken,
        List<String> python,
        long cacheBytesMax,
        boolean offline)
        implements SourceConfigBuilder.With {
    private static final String HUB = "https://huggingface.co";

    public SourceConfig {
        python = List.copyOf(python);
        if (!"https".equals(hubEndpoint.getScheme()) && !"http".equals(hubEndpoint.getScheme())) {
            throw new IllegalArgumentException("hub endpoint " + hubEndpoint + " is not an http address");
        }
        if (cacheBytesMax < 0) {
            throw new IllegalArgumentException("a cache of " + cacheBytesMax + " bytes");
        }
    }

    /** Without a limit, online, without a token. */
    public static SourceConfig of(Path cache, URI hubEndpoint) {
        return SourceConfigBuilder.builder()
                .cache(cache)
                .hubEndpoint(hubEndpoint)
                .hubToken(Optional.empty())
                .python(List.of("python3"))
                .cacheBytesMax(Long.MAX_VALUE)
                .build();
    }

    /**
     * Reads {@code COROLLA_CACHE}, and the hub's own: {@code HF_ENDPOINT}, {@code HF_HUB_OFFLINE}, {@code HF_TOKEN} or {@code
     * HUGGING_FACE_HUB_TOKEN}, or the token in {@code HF_TOKEN_PATH}, {@code HF_HOME/token} or {@code ~/.huggingface/token}.
     */
    public static SourceConfig fromEnvironment(Map<String, String> environment) {
        Path home = Path.of(System.getProperty("user.home"));
        Path caches = value(environment, "XDG_CACHE_HOME").map(Path::of).orElse(home.resolve(".cache"));
        Path cache = value(environment, "COROLLA_CACHE")
                .map(Path::of)
                .orElse(home.resolve(".cache").resolve("corolla"));
        Path hubHome = value(environment, "HF_HOME").map(Path::of).orElse(caches.resolve("huggingface"));
        Path tokenFile = value(environment, "HF_TOKEN_PATH").map(Path::of).orElse(hubHome.resolve("token"));
        String endpoint = value(environment, "HF_ENDPOINT").orElse(HUB);
        Optional<String> token = value(environment, "HF_TOKEN")
                .or(() -> value(environment, "HUGGING_FACE_HUB_TOKEN"))
                .or(() -> token(tokenFile))
                .or(() -> token(home.resolve(".huggingface").resolve("token")));
        return SourceConfigBuilder.builder()
                .cache(cache)
                .hubEndpoint(
                        URI.create(endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint))
                .hubToken(token)
                .python(List.of("python3"))
                .cacheBytesMax(Long.MAX_VALUE)
                .offline(value(environment, "HF_HUB_OFFLINE")
                        .filter(SourceConfig::isYes)
                        .isPresent())
                .build();
    }

    /** As the hub's own client reads it. */
    private static boolean isYes(String value) {
        return Set.of("1", "ON", "YES", "TRUE").contains(value.toUpperCase(Locale.ROOT));
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
                + (hubToken.isPresent() ? "given" : "none") + ", python=" + python + ", cacheBytesMax=" + cacheBytesMax
                + ", offline=" + offline + "]";
    }
}
