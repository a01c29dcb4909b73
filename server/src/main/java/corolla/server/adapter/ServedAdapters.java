package corolla.server.adapter;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The adapters that a server offers, whatever blocks it holds: loaded and removed while it serves, and fitted anew when it takes other
 * blocks. Thread-safe. Borrows the table of the blocks in use.
 */
public final class ServedAdapters {
    private static final System.Logger LOG = System.getLogger(ServedAdapters.class.getName());

    private final Runnable changed;
    private final Object lock = new Object(); // not held while files are read

    @GuardedBy("lock")
    private final Map<String, AdapterSource> sources = new LinkedHashMap<>();

    @GuardedBy("lock")
    private AdapterTable table;

    /**
     * Serves none yet.
     *
     * @param table of the blocks that are served first
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
        boolean done = false;
        while (!done) {
            AdapterTable current = table();
            load(current, name, source);
            synchronized (lock) {
                done = current == table; // else the server has moved meanwhile
                if (done) {
                    sources.put(name, source);
                }
            }
        }
        LOG.log(Level.INFO, "adapter loaded name={0} adapters={1} bytes={2}", name, names().size(), bytes());
        changed.run();
    }

    private static void load(AdapterTable table, String name, AdapterSource source)
            throws IOException, InterruptedException {
        try (var adapter = source.open()) {
            table.load(name, adapter);
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
     * The server takes other blocks: fits all adapters to them. One that cannot be is left out, with a warning. Requests on the former
     * blocks keep what they have leased there.
     *
     * @param next of the new blocks; borrowed until the next call
     */
    public void fit(AdapterTable next) throws InterruptedException {
        var fitted = new LinkedHashMap<String, AdapterSource>();
        for (Map<String, AdapterSource> missing = missing(next, fitted);
                !missing.isEmpty();
                missing = missing(next, fitted)) {
            for (Map.Entry<String, AdapterSource> one : missing.entrySet()) {
                fit(next, one.getKey(), one.getValue());
                fitted.put(one.getKey(), one.getValue());
            }
        }
    }

    /** What is not fitted yet; when all is, {@code next} is the table in use. */
    private Map<String, AdapterSource> missing(AdapterTable next, Map<String, AdapterSource> fitted) {
        synchronized (lock) {
            var missing = new LinkedHashMap<>(sources);
            missing.entrySet().removeAll(fitted.entrySet());
            if (missing.isEmpty()) {
                for (String name : next.names()) {
                    if (!sources.containsKey(name)) { // removed while it was fitted
                        next.remove(name);
                    }
                }
                table = next;
            }
            return missing;
        }
    }

    private void fit(AdapterTable next, String name, AdapterSource source) throws InterruptedException {
        try {
            load(next, name, source);
        } catch (IOException failed) {
            LOG.log(Level.WARNING, "adapter {0} is not served any more: {1}", name, failed.getMessage());
            synchronized (lock) {
                sources.remove(name, source);
            }
        }
    }

    private AdapterTable table() {
        synchronized (lock) {
            return table;
        }
    }

    /** What may be asked for, sorted. */
    public List<String> names() {
        return table().names();
    }

    /** Memory of all adapters. */
    public long bytes() {
        return table().bytes();
    }
}
