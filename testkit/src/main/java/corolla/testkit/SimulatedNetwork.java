package corolla.testkit;

import corolla.base.time.Clock;
import corolla.base.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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
    private final Set<String> closed = new LinkedHashSet<>(); // addresses that refuse whoever dials
    private final Set<String> silent = new LinkedHashSet<>(); // addresses that do not answer whoever dials
    private final Map<String, Map<String, Way>> ways = new HashMap<>(); // by the addresses of both ends; looked up only
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
        way(one, other).setDelayNanos(delay.toNanos());
        way(other, one).setDelayNanos(delay.toNanos());
    }

    /** What each connection between two hosts carries, each way. */
    public void setBandwidth(SimulatedNode one, SimulatedNode other, long bytesPerSecond) {
        way(one, other).setBytesPerSecond(bytesPerSecond);
        way(other, one).setBytesPerSecond(bytesPerSecond);
    }

    /** The share of packets from one to the other of which one byte arrives as another. TCP's checksum lets such pass, or somebody means it. */
    public void setDamage(SimulatedNode from, SimulatedNode to, double probability) {
        way(from, to).setDamageProbability(probability);
        note("damage " + pair(from.host(), to.host()), Double.doubleToLongBits(probability));
    }

    /** Nothing gets from one to the other, nor back, and nobody is told: connections hang until deadlines or {@link #mend}. */
    public void cut(SimulatedNode one, SimulatedNode other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    /** Nothing gets from one to the other any more; the way back stays. */
    public void cutOneWay(SimulatedNode from, SimulatedNode to) {
        way(from, to).setCut(true);
        note("cut " + pair(from.host(), to.host()), 0);
    }

    /** From now on nobody can dial this machine, as behind a router; it dials others, and open connections stay. */
    public void refuseInbound(SimulatedNode node) {
        closed.add(node.host());
        note("refuses inbound " + node.host(), 0);
    }

    /** As {@link #refuseInbound}, but whoever dials is not answered at all, as most routers at home do. */
    public void dropInbound(SimulatedNode node) {
        silent.add(node.host());
        note("drops inbound " + node.host(), 0);
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
        for (Map<String, Way> from : ways.values()) {
            from.values().forEach(way -> way.setCut(false));
        }
        note("mend", 0);
        List.copyOf(streams).forEach(SimulatedStream::mended);
    }

    /** Mends the ways between two hosts. */
    public void mend(SimulatedNode one, SimulatedNode other) {
        way(one, other).setCut(false);
        way(other, one).setCut(false);
        note("mend " + pair(one.host(), other.host()), 0);
        streams.stream()
                .filter(stream -> stream.joins(one.host(), other.host()))
                .toList()
                .forEach(SimulatedStream::mended);
    }

    NetworkConditions conditions() {
        return conditions;
    }

    boolean isCut(String from, String to) {
        return way(from, to).isCut();
    }

    boolean dropsInbound(String address) {
        return silent.contains(address);
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
        return way(from, to).delayNanos();
    }

    private Way way(SimulatedNode from, SimulatedNode to) {
        return way(from.host(), to.host());
    }

    Way way(String from, String to) {
        return ways.computeIfAbsent(from, _ -> new HashMap<>()).computeIfAbsent(to, _ -> new Way(drawDelay(from, to)));
    }

    private long drawDelay(String from, String to) {
        if (from.equals(to)) {
            return 0;
        }
        Way back = ways.getOrDefault(to, Map.of()).get(from);
        if (back != null) {
            return back.delayNanos();
        }
        long min = conditions.delayMin().toNanos();
        long max = conditions.delayMax().toNanos();
        String pair = from.compareTo(to) < 0 ? pair(from, to) : pair(to, from);
        return randoms.stream("delay " + pair).nextLong(min, max + 1);
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

    /** One direction of a connection. */
    Pipe pipe(Clock clock, Endpoint from, Endpoint to) {
        return new Pipe(loop, clock, new Link(this, from, to, randoms.stream(from + " to " + to)));
    }

    private static String pair(String from, String to) {
        return from + " and " + to;
    }
}
