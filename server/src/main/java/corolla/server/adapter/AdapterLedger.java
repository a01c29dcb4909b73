package corolla.server.adapter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Which adapters there are, how many requests use each, and whose memory may go. Pure: no clock, no waiting, frees nothing itself;
 * confined to whoever locks it.
 *
 * @param <A> what is kept for an adapter
 */
final class AdapterLedger<A> {
    private final AdapterLimits limits;
    private final Map<String, Entry<A>> current = new LinkedHashMap<>();
    private final Set<Entry<A>> leaving = new LinkedHashSet<>(); // removed, and still in use

    /** One adapter. Equal only to itself. */
    static final class Entry<A> {
        final String name;
        final A adapter;
        final long bytes;
        private int leases;

        private Entry(String name, A adapter, long bytes) {
            this.name = name;
            this.adapter = adapter;
            this.bytes = bytes;
        }
    }

    AdapterLedger(AdapterLimits limits) {
        this.limits = limits;
    }

    /** Names that may be asked for, sorted, of adapters that are as wanted. */
    List<String> names(Predicate<A> wanted) {
        return current.values().stream()
                .filter(entry -> wanted.test(entry.adapter))
                .map(entry -> entry.name)
                .sorted()
                .toList();
    }

    /** Of all that are kept, also of those that are only still in use. */
    long bytes() {
        return kept().stream().mapToLong(entry -> entry.bytes).sum();
    }

    private List<Entry<A>> kept() {
        var all = new ArrayList<Entry<A>>(current.values());
        all.addAll(leaving);
        return all;
    }

    /**
     * Why an adapter cannot be taken now; empty when it can.
     *
     * @param bytes what it takes; 0 when that is not known yet
     */
    Optional<String> refusal(String name, long bytes) {
        long used = bytes();
        // What has this name now goes at once, unless somebody uses it.
        Entry<A> replaced = current.get(name);
        boolean goes = replaced != null && replaced.leases == 0;
        long freed = replaced != null && replaced.leases == 0 ? replaced.bytes : 0;
        int count = current.size() + leaving.size() - (goes ? 1 : 0);
        long others = used - freed;
        if (count >= limits.countMax()) {
            return Optional.of(
                    "there are " + count + " already, and " + limits.countMax() + " are allowed" + stillUsed());
        }
        if (bytes > limits.bytesMax() - others) {
            return Optional.of("it takes " + bytes + " bytes, the others take " + others + " of the "
                    + limits.bytesMax() + " bytes allowed" + stillUsed());
        }
        return Optional.empty();
    }

    private String stillUsed() {
        return leaving.isEmpty()
                ? ""
                : "; removed but still in use: "
                        + leaving.stream().map(entry -> entry.name).collect(Collectors.joining(", "));
    }

    /**
     * Takes an adapter that is not refused, in the place of one of the same name.
     *
     * @return the one that it replaces, if that may be freed now
     */
    Optional<Entry<A>> add(String name, A adapter, long bytes) {
        Optional<Entry<A>> freed = remove(name);
        current.put(name, new Entry<>(name, adapter, bytes));
        return freed;
    }

    boolean contains(String name) {
        return current.containsKey(name);
    }

    /** One more request uses the adapter; empty when none of this name may be asked for. */
    Optional<Entry<A>> lease(String name) {
        Entry<A> entry = current.get(name);
        if (entry != null) {
            entry.leases++;
        }
        return Optional.ofNullable(entry);
    }

    /** A request uses it no more. Returns whether it is to be freed now. */
    boolean release(Entry<A> entry) {
        if (entry.leases == 0) {
            throw new IllegalStateException("adapter " + entry.name + " is released more often than leased");
        }
        entry.leases--;
        return entry.leases == 0 && leaving.remove(entry);
    }

    /**
     * No request may ask for this name from now on.
     *
     * @return the adapter, if it is to be freed now: nobody uses it
     */
    Optional<Entry<A>> remove(String name) {
        Entry<A> entry = current.remove(name);
        if (entry == null || entry.leases == 0) {
            return Optional.ofNullable(entry);
        }
        leaving.add(entry);
        return Optional.empty();
    }

    /** Forgets all; returns what is to be freed: everything, as nobody computes any more. */
    List<Entry<A>> clear() {
        List<Entry<A>> all = kept();
        current.clear();
        leaving.clear();
        return all;
    }
}
