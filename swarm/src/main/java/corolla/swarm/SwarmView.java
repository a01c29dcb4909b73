package corolla.swarm;

import corolla.p2p.PeerId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who serves which block of a model, as read from the DHT at one moment. Immutable; the order of everything in it depends
 * only on its content, so that two nodes with the same view decide alike.
 */
public final class SwarmView {
    private final String prefix;
    private final Span range;
    private final List<Map<PeerId, ServerInfo>> blocks;

    /** @param blocks one map for each block of {@code range}: who announces it, and what */
    public SwarmView(String prefix, Span range, List<Map<PeerId, ServerInfo>> blocks) {
        if (blocks.size() != range.length()) {
            throw new IllegalArgumentException(blocks.size() + " maps for the blocks " + range);
        }
        this.prefix = prefix;
        this.range = range;
        this.blocks = blocks.stream().map(SwarmView::sortedByText).toList();
    }

    private static Map<PeerId, ServerInfo> sortedByText(Map<PeerId, ServerInfo> servers) {
        var sorted = new LinkedHashMap<PeerId, ServerInfo>();
        servers.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().toBase58()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return Collections.unmodifiableMap(sorted);
    }

    /** A view without any server. */
    public static SwarmView empty(String prefix, Span range) {
        return new SwarmView(prefix, range, Collections.nCopies(range.length(), Map.of()));
    }

    public String prefix() {
        return prefix;
    }

    /** The blocks that were looked up. */
    public Span range() {
        return range;
    }

    /** Who announces {@code block} (absolute index), sorted by the text of the peer id. */
    public Map<PeerId, ServerInfo> servers(int block) {
        return blocks.get(block - range.start());
    }

    /** The view without the servers that {@code keep} rejects. */
    public SwarmView filter(Predicate<PeerId> keep) {
        var kept = new ArrayList<Map<PeerId, ServerInfo>>(blocks.size());
        for (Map<PeerId, ServerInfo> servers : blocks) {
            var map = new LinkedHashMap<PeerId, ServerInfo>();
            servers.forEach((peer, info) -> {
                if (keep.test(peer)) {
                    map.put(peer, info);
                }
            });
            kept.add(map);
        }
        return new SwarmView(prefix, range, kept);
    }

    /** One span for each server whose state is at least {@code minimum}, in the order of their first block, then of their text. */
    public List<PeerSpan> spans(ServerState minimum) {
        var spans = new LinkedHashMap<PeerId, PeerSpan>();
        for (int block = range.start(); block < range.end(); block++) {
            for (Map.Entry<PeerId, ServerInfo> server : servers(block).entrySet()) {
                if (server.getValue().state().isAtLeast(minimum)) {
                    spans.put(server.getKey(), span(spans.get(server.getKey()), server, block));
                }
            }
        }
        return List.copyOf(spans.values());
    }

    private PeerSpan span(@Nullable PeerSpan known, Map.Entry<PeerId, ServerInfo> server, int block) {
        ServerInfo info = server.getValue();
        if (known == null || info.state().compareTo(known.info().state()) > 0) {
            return new PeerSpan(server.getKey(), announced(info, block), info);
        }
        if (info.state() == known.info().state() && known.span().end() <= block) {
            return new PeerSpan(known.peer(), new Span(known.span().start(), block + 1), known.info());
        }
        return known;
    }

    /** The announced span, which is trusted where it makes sense; else the block alone. */
    private Span announced(ServerInfo info, int block) {
        Span span = info.details().span();
        Span single = new Span(block, block + 1);
        return span == null ? single : span.intersection(range).orElse(single);
    }

    /** Runs of blocks that no server with at least this state announces. */
    public List<Span> missing(ServerState minimum) {
        return held(0, minimum);
    }

    /** Runs of blocks that exactly so many servers with at least this state announce. */
    public List<Span> held(int count, ServerState minimum) {
        var runs = new ArrayList<Span>();
        int from = -1;
        for (int block = range.start(); block <= range.end(); block++) {
            boolean isOne = block < range.end()
                    && servers(block).values().stream()
                                    .filter(info -> info.state().isAtLeast(minimum))
                                    .count()
                            == count;
            if (isOne && from < 0) {
                from = block;
            } else if (!isOne && from >= 0) {
                runs.add(new Span(from, block));
                from = -1;
            }
        }
        return runs;
    }
}
