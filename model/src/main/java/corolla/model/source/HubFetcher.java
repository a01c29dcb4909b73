package corolla.model.source;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.model.safetensors.Piece;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Fetches a model from the Hugging Face hub into the cache: only the files, and of safetensors only the bytes, that are needed
 * and not here. Thread-safe.
 */
final class HubFetcher {
    private static final String ADAPTER = "adapter_model.safetensors";

    private final Environment environment;
    private final SourceConfig config;
    private final ModelCache cache;

    HubFetcher(Environment environment, SourceConfig config, ModelCache cache) {
        this.environment = environment;
        this.config = config;
        this.cache = cache;
    }

    /** What to get, given an opened folder; returns the path to open. */
    private interface Wish {
        Path plan(HubFolder folder, List<Need> needs) throws IOException, InterruptedException;
    }

    /**
     * Weights that are needed.
     *
     * @param name of the file in the repository
     * @param piece what of it; empty for all
     */
    private record Need(String name, Optional<Piece> piece, CacheFile file) {}

    /** The model's folder, or its GGUF file. */
    Path fetch(HubId id, ModelParts parts, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        return fetch(id, (folder, needs) -> plan(id, parts, folder, needs), progress, deadline);
    }

    /** The folder of an adapter. */
    Path fetchAdapter(HubId id, SourceProgress progress, Deadline deadline) throws IOException, InterruptedException {
        return fetch(id, HubFetcher::planAdapter, progress, deadline);
    }

    private static Path planAdapter(HubFolder folder, List<Need> needs) throws IOException, InterruptedException {
        Set<String> names = folder.listing().files().keySet();
        if (!names.contains(ADAPTER) && names.contains("adapter_model.bin")) {
            throw new IOException("its weights are a pickle (adapter_model.bin), which may carry code and is not read;"
                    + " save it as " + ADAPTER + " with safe_serialization=True");
        }
        folder.small("adapter_config.json");
        needs.add(new Need(ADAPTER, Optional.empty(), folder.file(ADAPTER)));
        return folder.path();
    }

    private Path fetch(HubId id, Wish wish, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        Path folder = cache.models().resolve("hub").resolve(id.folderName());
        try {
            try {
                return here(id, wish, folder, deadline);
            } catch (NotFetchedException missing) {
                if (config.offline()) {
                    throw new IOException(missing.getMessage() + ", and HF_HUB_OFFLINE forbids to fetch it", missing);
                }
            }
            try (CacheLock lock = CacheLock.acquire(folder, environment.clock(), deadline);
                    HubClient client = new HubClient(environment, config)) {
                var remote = new HubFolder.Remote(client, new Downloads(environment, deadline));
                return there(id, wish, HubFolder.open(id, folder, remote), progress, deadline);
            }
        } catch (DeadlineException late) {
            throw late;
        } catch (IOException failed) {
            throw new IOException(
                    "cannot get " + id.repository() + " (revision " + id.revision() + ") from " + config.hubEndpoint()
                            + ": " + failed.getMessage(),
                    failed);
        }
    }

    /** Uses what is here, without a lock that others hold while they fetch. */
    private Path here(HubId id, Wish wish, Path folder, Deadline deadline) throws IOException, InterruptedException {
        HubFolder opened = HubFolder.open(id, folder, null);
        List<Need> needs = new ArrayList<>();
        Path path = wish.plan(opened, needs);
        cache.hold(needs.stream().map(Need::file).toList(), deadline);
        for (Need need : needs) {
            if (!need.file.isThere()) {
                throw new NotFetchedException(need.name + " of " + id.repository());
            }
        }
        return path;
    }

    private Path there(HubId id, Wish wish, HubFolder folder, SourceProgress progress, Deadline deadline)
            throws IOException, InterruptedException {
        List<Need> needs = new ArrayList<>();
        Path path = wish.plan(folder, needs);
        cache.makeRoom(needs.stream().map(Need::file).toList(), deadline);
        List<Need> missing = new ArrayList<>();
        for (Need need : needs) {
            if (!need.file.isThere()) {
                missing.add(need);
            }
        }
        var tally = new Tally(
                id.repository(),
                progress,
                missing.stream().mapToLong(need -> need.file.bytes()).sum());
        for (Need need : missing) {
            fetch(folder, need, tally, deadline);
            tally.add(need.file.bytes());
        }
        cache.filled(deadline);
        return path;
    }

    private void fetch(HubFolder folder, Need need, Tally tally, Deadline deadline)
            throws IOException, InterruptedException {
        if (need.piece.isEmpty() || folder.file(need.name).isThere()) {
            folder.fetch(need.name, tally::tell);
            return;
        }
        try {
            folder.fetch(need.name, need.piece.get(), tally::tell);
        } catch (RangeIgnoredException wholeOnly) {
            cache.makeRoom(List.of(folder.file(need.name)), deadline);
            folder.fetch(need.name, tally::tell);
        }
    }

    private static Path plan(HubId id, ModelParts parts, HubFolder folder, List<Need> needs)
            throws IOException, InterruptedException {
        Set<String> names = folder.listing().files().keySet();
        if (id.file().isPresent()) {
            List<String> files = NeededFiles.gguf(names, id.file().get());
            for (String name : files) {
                needs.add(new Need(name, Optional.empty(), folder.file(name)));
            }
            return folder.path().resolve(files.getFirst());
        }
        for (String name : NeededFiles.small(names)) {
            folder.small(name);
        }
        Path index = folder.path().resolve(NeededFiles.INDEX);
        byte[] map = Files.exists(index) ? Files.readAllBytes(index) : new byte[0];
        for (NeededFiles.Shard shard : NeededFiles.weights(names, map, parts)) {
            addWeights(shard, parts, folder, needs);
        }
        return folder.path();
    }

    private static void addWeights(NeededFiles.Shard shard, ModelParts parts, HubFolder folder, List<Need> needs)
            throws IOException, InterruptedException {
        String name = shard.name();
        CacheFile whole = folder.file(name);
        if (whole.isThere() || (shard.isWhole() && !folder.hasPieces(name))) {
            needs.add(new Need(name, Optional.empty(), whole));
            return;
        }
        for (Piece piece : Piece.cut(folder.header(name))) {
            boolean needed = piece.block().isPresent() ? parts.has(piece.block().getAsInt()) : parts.ends();
            if (needed) {
                needs.add(new Need(name, Optional.of(piece), folder.piece(name, piece)));
            }
        }
    }
}
