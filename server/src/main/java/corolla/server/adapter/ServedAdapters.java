package corolla.server.adapter;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The adapters that a server offers, whatever blocks it holds: loaded and removed while it serves, and fitted anew when it takes other
 * blocks. Thread-safe. Borrows the table.
 */
public final class ServedAdapters {
    private static final System.Logger LOG = System.getLogger(ServedAdapters.class.getName());

    private final AdapterTable table;
    private final Runnable changed;
    private final Object lock = new Object(); // not held while files are read

    @GuardedBy("lock")
    private final Map<String, AdapterSource> sources = new LinkedHashMap<>(); // of the names in the table

    /**
     * Serves none yet.
     *
     * @param table of the server's blocks
     * @param changed called after each change of names, to tell the swarm; returns at once
     */
    public ServedAdapters(AdapterTable table, Runnable changed) {
        this.table = table;
        this.changed = changed;
    }

    /**
     * Loads an adapter and offers it. One of the same name is replaced, and goes on serving if this fails.
     *
     * @param name what requests call it, and what the swarm is told
     * @throws IOException when it cannot be fetched or read, does not fit the model, or a limit is reached
     */
    public void load(String name, AdapterSource source) throws IOException, InterruptedException {
        AdapterSource former;
        synchronized (lock) {
            former = sources.put(name, source); // before it is in the table: a move meanwhile must find it
        }
        boolean done = false;
        try {
            fit(name, source);
            done = true;
        } finally {
            if (!done) {
                restore(name, source, former);
            }
        }
        LOG.log(Level.INFO, "adapter loaded name={0} adapters={1} bytes={2}", name, names().size(), bytes());
        changed.run();
    }

    private void fit(String name, AdapterSource source) throws IOException, InterruptedException {
        try (var adapter = source.open()) {
            table.load(name, adapter);
        }
    }

    private void restore(String name, AdapterSource source, @Nullable AdapterSource former) {
        synchronized (lock) {
            boolean isOurs = sources.remove(name, source);
            if (isOurs && former != null) {
                sources.put(name, former);
            }
        }
    }

    /**
     * Offers an adapter no more: requests for it are refused at once, those that use it finish, then its memory is freed.
     *
     * @return whether there was one of this name
     */
    public boolean remove(String name) {
        boolean known;
        synchronized (lock) {
            sources.remove(name);
            known = table.remove(name);
        }
        if (known) {
            LOG.log(Level.INFO, "adapter removed name={0} adapters={1} bytes={2}", name, names().size(), bytes());
            changed.run();
        }
        return known;
    }

    /**
     * The server has taken other blocks: fits all adapters to them, before they are open to requests. One that cannot be is removed, with a
     * warning. Requests on blocks that stay keep what they have leased.
     */
    public void refit() throws InterruptedException {
        for (String name : table.outdated()) {
            AdapterSource source = source(name);
            try {
                if (source != null) {
                    fit(name, source);
                }
            } catch (IOException failed) {
                LOG.log(
                        Level.WARNING,
                        "adapter {0} is not served any more, as it cannot be fitted to the new blocks: {1}",
                        name,
                        failed.getMessage());
            }
        }
        table.outdated().forEach(this::remove);
    }

    private @Nullable AdapterSource source(String name) {
        synchronized (lock) {
            return sources.get(name);
        }
    }

    /** What may be asked for, sorted. */
    public List<String> names() {
        return table.names();
    }

    /** Memory of all adapters. */
    public long bytes() {
        return table.bytes();
    }
}
