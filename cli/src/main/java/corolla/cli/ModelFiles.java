package corolla.cli;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.model.family.ModelConfig;
import corolla.model.source.DhtPrefix;
import corolla.model.source.FoundModel;
import corolla.model.source.KnownModel;
import corolla.model.source.ModelParts;
import corolla.model.source.ModelSource;
import corolla.model.tokenizer.Tokenizer;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A model that a command was told of: found, fetched with a progress bar where needed, and opened. The owner closes it. */
final class ModelFiles implements AutoCloseable {
    private static final Duration FETCH_TIME = Duration.ofHours(24);

    private final ModelSource source;
    private final FoundModel found;
    private final Checkpoint checkpoint;

    private ModelFiles(ModelSource source, FoundModel found, Checkpoint checkpoint) {
        this.source = source;
        this.found = found;
        this.checkpoint = checkpoint;
    }

    /** For commands without options about sources. */
    static ModelFiles open(Environment environment, Console console, String model, ModelParts parts)
            throws IOException, InterruptedException {
        return open(environment, console, new SourceOptions(), model, parts);
    }

    static ModelFiles open(
            Environment environment, Console console, SourceOptions options, String model, ModelParts parts)
            throws IOException, InterruptedException {
        var source = new ModelSource(environment, options.config());
        boolean opened = false;
        try {
            FoundModel found = find(environment, console, source, options.model(model), parts);
            var files = new ModelFiles(source, found, Checkpoint.open(found.path()));
            opened = true;
            return files;
        } finally {
            if (!opened) {
                source.close();
            }
        }
    }

    private static FoundModel find(
            Environment environment, Console console, ModelSource source, String model, ModelParts parts)
            throws IOException, InterruptedException {
        var bar = new ProgressBar(console);
        try {
            return source.resolve(model, parts, bar::update, Deadline.after(environment.clock(), FETCH_TIME));
        } finally {
            bar.finish();
        }
    }

    FoundModel found() {
        return found;
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    ModelConfig config() {
        return checkpoint.config();
    }

    /** What the checkpoint holds, without touching data. */
    List<TensorInfo> tensors() throws IOException {
        var tensors = new ArrayList<TensorInfo>();
        for (String name : checkpoint.names()) {
            checkpoint.find(name).ifPresent(tensors::add);
        }
        return tensors;
    }

    /** The tokenizer, where the model's files have one. The caller closes it. */
    Optional<Tokenizer> tokenizer() throws IOException {
        Path path = found.path();
        boolean mayHave = !Files.isDirectory(path) || Files.exists(path.resolve("tokenizer.json")) || hasGguf(path);
        return mayHave ? Optional.of(Tokenizer.open(path)) : Optional.empty();
    }

    private static boolean hasGguf(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".gguf"));
        }
    }

    /** The tokens that end an answer. */
    Set<Integer> endTokens(Optional<Tokenizer> tokenizer) {
        var ends = new LinkedHashSet<>(config().endTokens());
        tokenizer.ifPresent(known -> ends.addAll(known.endTokens()));
        return ends;
    }

    /** The model's own name in a swarm: as Petals derives it from a hub id; a known name is its own. */
    Optional<String> derivedPrefix() {
        boolean known = KnownModel.all().stream().anyMatch(model -> model.name().equals(found.name()));
        return known
                ? Optional.of(found.name())
                : found.repository().flatMap(repository -> DhtPrefix.of(config().modelType(), repository));
    }

    String prefix(@Nullable String given) {
        if (given != null) {
            return given;
        }
        return derivedPrefix()
                .orElseThrow(() -> new UserException("--dht-prefix is missing: a model from " + found.path()
                        + " has no name of its own in a swarm; choose one, the same for servers and clients"));
    }

    @Override
    public void close() throws IOException {
        try {
            checkpoint.close();
        } finally {
            source.close(); // from now on its files may be removed from the cache
        }
    }
}
