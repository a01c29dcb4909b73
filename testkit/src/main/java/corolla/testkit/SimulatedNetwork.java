package corolla.testkit;

import corolla.base.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All hosts, who listens where, and how the ways between hosts are. To be used inside a story only.
 */
public final class SimulatedNetwork {
    private final Loop loop;
    private final Trace trace;
    private final SimulatedRandoms randoms;
    private final Map<String, SimulatedTransport> hosts = new LinkedHashMap<>(); // by address
    private final Map<String, String> names = new LinkedHashMap<>(); // to addresses
    private final Map<String, List<String>> aliases = new LinkedHashMap<>(); // to addresses
    private final Set<String> closed = new LinkedHashSet<>(); // addresses that nobody can dial
    private final Map<String, Long> delays = new LinkedHashMap<>(); // of pairs, in nanoseconds
    private final Set<String> cuts = new LinkedHashSet<>(); // pairs
    private final Set<SimulatedStream> streams = new LinkedHashSet<>();
    private NetworkConditions conditions;

    SimulatedNetwork(Loop loop, Trace trace, SimulatedRandoms randoms, NetworkConditions conditions) {
        this.loop = loop;
        this.trace = trace;
        this.randoms = randoms;
        this.conditions = conditions;
    }

    /** From now on; delays of pairs that have met stay as they are. */
    public void setConditions(NetworkConditions conditions) {
        this.conditions = conditions;
    }

    /** The one-way delay between two hosts, both ways. */
    public void setDelay(SimulatedNode one, SimulatedNode other, Duration delay) {
        delays.put(pair(one.host(), other.host()), delay.toNanos());
    }

    /** Nothing gets from one to the other, nor back, and nobody is told: connections hang until deadlines or {@link #mend}. */
    public void cut(SimulatedNode one, SimulatedNode other) {
        cuts.add(pair(one.host(), other.host()));
        note("cut " + pair(one.host(), other.host()), 0);
    }

    /** From now on nobody can dial this machine, as behind a router; it dials others, and open connections stay. */
    public void refuseInbound(SimulatedNode node) {
        closed.add(node.host());
        note("refuses inbound " + node.host(), 0);
    }

    /** From now on a name stands for these numeric addresses; in place of what it stood for. */
    public void setName(String name, List<String> addresses) {
        aliases.put(name, List.copyOf(addresses));
    }

    /** Cuts all ways between the two groups. */
    public void partition(List<SimulatedNode> one, List<SimulatedNode> other) {
        for (SimulatedNode left : one) {
            for (SimulatedNode right : other) {
                cut(left, right);
            }
        }
    }

    /** Mends all ways that were cut: what was sent meanwhile arrives now. */
    public void mend() {
        cuts.clear();
        note("mend", 0);
        for (SimulatedStream stream : List.copyOf(streams)) {
            stream.mended();
        }
    }

    NetworkConditions conditions() {
        return conditions;
    }

    boolean isCut(String from, String to) {
        return cuts.contains(pair(from, to));
    }

    boolean refusesInbound(String address) {
        return closed.contains(address);
    }

    /** What a name stands for; empty when nobody knows it. A numeric address stands for itself, whether or not somebody has it. */
    List<String> addresses(String host) {
        if (host.matches("[0-9.]+|.*:.*")) {
            return List.of(host);
        }
        String node = names.get(host);
        return aliases.getOrDefault(host, node == null ? List.of() : List.of(node));
    }

    long delayNanos(String from, String to) {
        if (from.equals(to)) {
            return 0;
        }
        return delays.computeIfAbsent(pair(from, to), pair -> {
            long min = conditions.delayMin().toNanos();
            long max = conditions.delayMax().toNanos();
            return randoms.stream("delay " + pair).nextLong(min, max + 1);
        });
    }

    RandomGenerator random(String name) {
        return randoms.stream(name);
    }

    void note(String what, long detail) {
        trace.note(loop.nanoTime(), what, detail);
    }

    void addHost(String name, String address, SimulatedTransport transport) {
        hosts.put(address, transport);
        names.put(name, address);
    }

    /** The address for a name or an address; null when there is no such host. */
    @Nullable
    String resolve(String host) {
        return hosts.containsKey(host) ? host : names.get(host);
    }

    @Nullable
    SimulatedTransport host(String address) {
        return hosts.get(address);
    }

    void opened(SimulatedStream stream) {
        streams.add(stream);
    }

    void closed(SimulatedStream stream) {
        streams.remove(stream);
    }

    /** The process at this address has died: all its connections are reset. */
    void resetAll(String address) {
        for (SimulatedStream stream : new ArrayList<>(streams)) {
            if (stream.local().host().equals(address)) {
                stream.reset();
            }
        }
    }

    Link link(Endpoint from, Endpoint to) {
        return new Link(this, from, to, randoms.stream(from + " to " + to));
    }

    private static String pair(String one, String other) {
        return one.compareTo(other) < 0 ? one + " and " + other : other + " and " + one;
    }
}
