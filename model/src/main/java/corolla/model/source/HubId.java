package corolla.model.source;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the Hugging Face hub.
 *
 * @param repository {@code org/name}
 * @param revision branch, tag or commit
 * @param file a GGUF file of the repository, or a part of its name ({@code Q4_K_M}); empty for its safetensors
 */
record HubId(String repository, String revision, Optional<String> file) {
    private static final Pattern TEXT = Pattern.compile(
            "(?<repository>[A-Za-z0-9][\\w.-]{0,95}/[A-Za-z0-9][\\w.-]{0,95})(?:/(?<file>(?:[\\w.-]+/){0,4}[\\w.-]+\\.gguf)|:(?<tag>(?:[\\w.-]+/){0,4}[\\w.-]+))?(?:@(?<revision>[\\w./-]{1,100}))?");

    static Optional<HubId> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches() || text.contains("..")) {
            return Optional.empty();
        }
        String revision = matcher.group("revision");
        return Optional.of(new HubId(
                matcher.group("repository"),
                revision == null ? "main" : revision,
                Optional.ofNullable(matcher.group("file")).or(() -> Optional.ofNullable(matcher.group("tag")))));
    }

    /** The name of its folder in the cache. */
    String folderName() {
        return repository.replace("/", "--") + "@" + revision.replace("/", "--");
    }
}
