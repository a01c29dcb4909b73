package corolla.server.adapter;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.model.adapter.LoraAdapter;
import corolla.model.block.BlockStack;
import corolla.model.block.StackAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The adapters of a server's blocks, by name. Thread-safe. Owns them: what is removed is freed when the last lease of it ends, what is
 * left when the table is closed. When the server takes other blocks, those that were loaded before are {@link #outdated} until they are
 * loaded again; leases of them go on for the blocks that stay.
 */
public final class AdapterTable implements AutoCloseable {
    private final Supplier<BlockStack> blocks;
    private final AdapterLimits limits;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final AdapterLedger<Fitted> ledger;

    @GuardedBy("lock")
    private boolean closed;

    /** An adapter, and the blocks that it was made for. */
    private record Fitted(StackAdapter adapter, BlockStack blocks) {}

    /** @param blocks the ones in use, to which adapters are fitted; borrowed, closed after the table */
    public AdapterTable(Supplier<BlockStack> blocks, AdapterLimits limits) {
        this.blocks = blocks;
        this.limits = limits;
        this.ledger = new AdapterLedger<>(limits);
    }

    /**
     * Fits an adapter to the blocks and serves it. One of the same name is replaced: requests that use it go on with it.
     *
     * @param adapter borrowed for the call
     * @throws AdapterRefusedException when the name cannot be one, or a limit is reached
     * @throws IOException when it does not fit the model, or cannot be read
     */
    public void load(String name, LoraAdapter adapter) throws IOException {
        checkName(name);
        requireRoom(name, 0);
        boolean kept = false;
        while (!kept) { // again when the blocks have changed meanwhile
            BlockStack now = blocks.get();
            StackAdapter fitted = now.adapt(adapter);
            try {
                kept = add(name, new Fitted(fitted, now));
            } finally {
                if (!kept) {
                    fitted.close();
                }
            }
        }
    }

    /** Returns whether it still fits the blocks in use. */
    private boolean add(String name, Fitted fitted) throws AdapterRefusedException {
        Optional<AdapterLedger.Entry<Fitted>> replaced;
        synchronized (lock) {
            if (!fitted.blocks.equals(blocks.get())) {
                return false;
            }
            requireRoom(name, fitted.adapter.bytes());
            replaced = ledger.add(name, fitted, fitted.adapter.bytes());
        }
        replaced.ifPresent(AdapterTable::free);
        return true;
    }

    private static void free(AdapterLedger.Entry<Fitted> entry) {
        entry.adapter.adapter.close();
    }

    /** Names of those that were loaded for other blocks than those in use. */
    List<String> outdated() {
        BlockStack now = blocks.get();
        synchronized (lock) {
            return ledger.names(fitted -> !fitted.blocks.equals(now));
        }
    }

    private void requireRoom(String name, long bytes) throws AdapterRefusedException {
        synchronized (lock) {
            if (closed) {
                throw new AdapterRefusedException("adapter " + name + " not taken: the server is shutting down");
            }
            Optional<String> refusal = ledger.refusal(name, bytes);
            if (refusal.isPresent()) {
                throw new AdapterRefusedException("adapter " + name + " not taken: " + refusal.get());
            }
        }
    }

    private void checkName(String name) throws AdapterRefusedException {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        boolean isPrintable = name.chars().noneMatch(Character::isISOControl);
        if (name.isBlank() || bytes > limits.nameBytesMax() || !isPrintable) {
            throw new AdapterRefusedException("adapter not taken: a name must be printable and have 1 to "
                    + limits.nameBytesMax() + " bytes, not " + bytes);
        }
    }

    /**
     * Serves an adapter no more: requests for it are refused at once, those that use it finish.
     *
     * @return whether there was one of this name
     */
    public boolean remove(String name) {
        boolean known;
        Optional<AdapterLedger.Entry<Fitted>> unused;
        synchronized (lock) {
            known = ledger.contains(name);
            unused = ledger.remove(name);
        }
        unused.ifPresent(AdapterTable::free);
        return known;
    }

    /**
     * What a request needs to use an adapter.
     *
     * @param name empty for the plain model
     * @return empty when no adapter of this name is served
     */
    public Optional<AdapterLease> lease(String name) {
        if (name.isEmpty()) {
            return Optional.of(AdapterLease.NONE);
        }
        synchronized (lock) {
            return ledger.lease(name).map(entry -> new AdapterLease(entry.adapter.adapter, () -> release(entry)));
        }
    }

    private void release(AdapterLedger.Entry<Fitted> entry) {
        boolean isLast;
        synchronized (lock) {
            isLast = !closed && ledger.release(entry);
        }
        if (isLast) {
            free(entry);
        }
    }

    /** Names that may be asked for, sorted. */
    public List<String> names() {
        synchronized (lock) {
            return ledger.names(_ -> true);
        }
    }

    /** Memory of all adapters, also of those that are removed and still in use. */
    public long bytes() {
        synchronized (lock) {
            return ledger.bytes();
        }
    }

    /** Frees all adapters, leased or not: the owner of the blocks calls this when nothing computes any more. Idempotent. */
    @Override
    public void close() {
        List<AdapterLedger.Entry<Fitted>> all;
        synchronized (lock) {
            closed = true;
            all = ledger.clear();
        }
        all.forEach(AdapterTable::free);
    }
}
