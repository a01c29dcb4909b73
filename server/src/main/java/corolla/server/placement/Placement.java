package corolla.server.placement;

import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which servers hold, or are about to hold, which blocks of a model. Immutable.
 *
 * @param range all blocks of the model
 * @param servers each once, in the order of their names, so that sums over them have the same bits on all nodes
 */
public record Placement(Span range, List<PlacedServer> servers) {
    public Placement {
        servers = servers.stream()
                .sorted(Comparator.comparing(PlacedServer::name))
                .toList();
    }

    /** For each block the tokens per second of all its servers together. */
    public double[] throughput() {
        double[] sums = new double[range.length()];
        for (PlacedServer server : servers) {
            Span span = server.span().intersection(range).orElse(null);
            for (int block = span == null ? range.end() : span.start(); span != null && block < span.end(); block++) {
                sums[block - range.start()] += server.throughput();
            }
        }
        return sums;
    }

    /** For each block how many servers it has. */
    public int[] holders() {
        int[] counts = new int[range.length()];
        for (PlacedServer server : servers) {
            server.span().intersection(range).ifPresent(span -> {
                for (int block = span.start(); block < span.end(); block++) {
                    counts[block - range.start()]++;
                }
            });
        }
        return counts;
    }

    public Optional<PlacedServer> find(String name) {
        return servers.stream().filter(server -> server.name().equals(name)).findFirst();
    }

    /** The same with one server elsewhere, or new. */
    public Placement with(PlacedServer changed) {
        List<PlacedServer> others = new ArrayList<>(without(changed.name()).servers);
        others.add(changed);
        return new Placement(range, others);
    }

    /** The same without one server. */
    public Placement without(String name) {
        return new Placement(
                range,
                servers.stream().filter(server -> !server.name().equals(name)).toList());
    }
}
