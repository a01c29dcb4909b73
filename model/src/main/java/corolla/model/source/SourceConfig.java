package corolla.model.source;

import java.net.URI;
import java.nio.file.Path;
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
public record SourceConfig(Path cache, URI hubEndpoint, Optional<String> hubToken, String python) {

    /** Reads {@code COROLLA_CACHE}, {@code HF_ENDPOINT}, {@code HF_TOKEN} and the hub's token file. */
    public static SourceConfig fromEnvironment(Map<String, String> environment) {
        throw new UnsupportedOperationException();
    }
}
