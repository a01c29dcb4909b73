package corolla.model.source;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds a model by what a user writes: a folder, a GGUF file, a Hugging Face id ({@code org/name[@revision]}, or
 * {@code org/name/file.gguf}), or a known name ({@code smollm2-135m}). What is fetched goes to a cache folder, is checked,
 * and is fetched once, whatever the number of processes. What was found stays in the cache until this is closed: keep it open
 * as long as weights are mapped. Thread-safe.
 */
public final class ModelSource implements AutoCloseable {

    private final SourceConfig config;
    private final ModelCache cache;
    private final PackageFetcher packages;
    private final HubFetcher hub;

    /** @param environment clock and threads for waits and for reading what helpers say */
    public ModelSource(Environment environment, SourceConfig config) {
        this.config = config;
        this.cache = new ModelCache(environment, config);
        this.packages = new PackageFetcher(environment, config, cache);
        this.hub = new HubFetcher(environment, config, cache);
    }

    /**
     * Finds the model, fetching what {@code parts} need. A model that was fetched before is used as it is, without asking
     * the network.
     *
     * @throws IOException one error that names what was tried, where, and what to do
     */
    public FoundModel resolve(String model, ModelParts parts, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        Optional<Path> local = local(model);
        if (local.isPresent()) {
            Path path = local.get().toAbsolutePath().normalize();
            return new FoundModel(path, String.valueOf(path.getFileName()), Optional.empty());
        }
        for (KnownModel known : KnownModel.all()) {
            if (known.name().equalsIgnoreCase(model)) {
                Path folder = config.cache().resolve("models").resolve(known.name());
                Path file = packages.fetch(known, folder, progress, deadline);
                return new FoundModel(file, known.name(), Optional.empty());
            }
        }
        Optional<HubId> id = HubId.parse(model);
        if (id.isPresent()) {
            Path path = hub.fetch(id.get(), parts, progress, deadline);
            return new FoundModel(
                    path, id.get().repository(), Optional.of(id.get().repository()));
        }
        throw new IOException("no model \"" + model + "\": it is no folder or file here, no known name ("
                + names(KnownModel.all()) + ") and no Hugging Face id (org/name or org/name@revision)");
    }

    /**
     * Finds a LoRA adapter: a folder as PEFT saves it, or a Hugging Face id.
     *
     * @throws IOException one error that names what was tried, where, and what to do
     */
    public Path resolveAdapter(String adapter, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        Optional<Path> local = local(adapter);
        if (local.isPresent()) {
            return local.get().toAbsolutePath().normalize();
        }
        HubId id = HubId.parse(adapter)
                .filter(found -> found.file().isEmpty())
                .orElseThrow(() -> new IOException("no adapter \"" + adapter
                        + "\": it is no folder here and no Hugging Face id (org/name or org/name@revision)"));
        return hub.fetchAdapter(id, progress, deadline);
    }

    /** What was found may be removed from the cache when others need room. */
    @Override
    public void close() {
        cache.close();
    }

    private static Optional<Path> local(String model) throws IOException {
        try {
            Path path = Path.of(model);
            if (Files.exists(path)) {
                return Optional.of(path);
            }
        } catch (InvalidPathException notAPath) {
            return Optional.empty();
        }
        boolean meansPath = model.startsWith("/") || model.startsWith("./") || model.startsWith("../");
        if (meansPath) {
            throw new IOException("no model folder or file " + model);
        }
        return Optional.empty();
    }

    private static String names(List<KnownModel> models) {
        return models.stream().map(KnownModel::name).collect(Collectors.joining(", "));
    }
}
