package corolla.server.adapter;

import corolla.base.time.Clock;
import corolla.server.adapter.FolderChanges.Change;
import corolla.server.adapter.FolderChanges.Stamp;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Keeps the adapters of a folder served: each subfolder is one, and its name is the adapter's. What appears is loaded, what vanishes is
 * removed, what changes is loaded anew. Confined to one task.
 */
public final class AdapterFolder {
    private static final System.Logger LOG = System.getLogger(AdapterFolder.class.getName());

    private final Path folder;
    private final ServedAdapters adapters;
    private final AdapterLimits limits;
    private final Clock clock;
    private final FolderChanges changes = new FolderChanges();
    private final Set<String> ours = new HashSet<>();
    private boolean isUnreadable;

    /** @param adapters what is served; borrowed */
    public AdapterFolder(Path folder, ServedAdapters adapters, AdapterLimits limits, Clock clock) {
        this.folder = folder;
        this.adapters = adapters;
        this.limits = limits;
        this.clock = clock;
    }

    /**
     * Loads what is there now.
     *
     * @throws IOException when the folder cannot be read; an adapter that is broken is only warned of
     */
    public void loadAll() throws IOException, InterruptedException {
        Map<String, Stamp> now = look();
        changes.next(now);
        act(changes.next(now)); // nobody asks for two looks at the start
    }

    /** Looks again and again, until interrupted. */
    public void watch() throws InterruptedException {
        while (true) {
            clock.sleep(limits.pollPeriod());
            poll();
        }
    }

    /** One look. */
    void poll() throws InterruptedException {
        try {
            act(changes.next(look()));
            isUnreadable = false;
        } catch (IOException failed) {
            // A disk that is away for a moment takes no adapter away.
            LOG.log(
                    isUnreadable ? Level.DEBUG : Level.WARNING,
                    "cannot read the folder of adapters, so they stay as they are: {0}",
                    failed.toString());
            isUnreadable = true;
        }
    }

    private void act(List<Change> wanted) throws InterruptedException {
        for (Change change : wanted) {
            switch (change) {
                case Change.Load load -> load(load.name());
                case Change.Remove remove -> {
                    if (ours.remove(remove.name())) {
                        adapters.remove(remove.name());
                    }
                }
            }
        }
    }

    private void load(String name) throws InterruptedException {
        if (!ours.contains(name) && adapters.names().contains(name)) {
            LOG.log(Level.WARNING, "adapter {0} is served from elsewhere; not loaded from {1}", name, folder);
            return;
        }
        try {
            adapters.load(name, AdapterSource.of(folder.resolve(name)));
            ours.add(name);
        } catch (IOException broken) {
            LOG.log(
                    Level.WARNING,
                    "adapter {0} not loaded: {1}{2}",
                    name,
                    broken.getMessage(),
                    ours.contains(name) ? "; its former version is served on" : "");
        }
    }

    private Map<String, Stamp> look() throws IOException {
        var found = new TreeMap<String, Stamp>();
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> some = entries.limit(limits.folderEntriesMax()).toList();
            for (Path entry : some) {
                String name = String.valueOf(entry.getFileName());
                if (!name.startsWith(".") && Files.isDirectory(entry)) {
                    found.put(name, stamp(entry));
                }
            }
        }
        return found;
    }

    private static Stamp stamp(Path adapter) {
        Path config = adapter.resolve("adapter_config.json");
        Path weights = adapter.resolve("adapter_model.safetensors");
        return new Stamp(bytes(config), millis(config), bytes(weights), millis(weights));
    }

    private static long bytes(Path file) {
        try {
            return Files.size(file);
        } catch (IOException missing) {
            return -1;
        }
    }

    private static long millis(Path file) {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (IOException missing) {
            return -1;
        }
    }
}
