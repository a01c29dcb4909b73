package corolla.cli;

import corolla.p2p.PeerId;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import corolla.swarm.protocol.ServerLoad;
import corolla.swarm.protocol.ServerVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A swarm as text: one line a server, with its blocks drawn to scale. */
final class SwarmPicture {
    private static final int CELLS_MAX = 40;
    private static final int ADAPTERS_MAX = 4;

    private SwarmPicture() {}

    /** @param pings round trips in seconds, as far as measured */
    static List<String> lines(SwarmView view, Map<PeerId, Double> pings) {
        var table = new Table(
                "server",
                "blocks",
                "",
                "state",
                "tokens/s",
                "ping",
                "cache left",
                "load",
                "reached",
                "version",
                "name",
                "adapters");
        for (PeerSpan server : view.spans(ServerState.OFFLINE)) {
            ServerDetails details = server.info().details();
            table.row(
                    server.peer().shortForm(),
                    server.span().toString(),
                    bar(server.span(), view.range()),
                    server.info().state().name().toLowerCase(Locale.ROOT),
                    number(server.info().throughput()),
                    ping(pings.get(server.peer())),
                    details.cacheTokensLeft() == null
                            ? ""
                            : details.cacheTokensLeft().toString(),
                    load(details),
                    Boolean.TRUE.equals(details.usingRelay()) ? "by relay" : "directly",
                    version(details),
                    details.publicName() == null ? "" : details.publicName(),
                    adapters(details.adapters()));
        }
        var lines = new ArrayList<>(table.lines());
        add("no server online for blocks ", view.missing(ServerState.ONLINE), "", lines);
        add("one server only for blocks ", view.held(1, ServerState.ONLINE), ": they are at risk", lines);
        return lines;
    }

    private static void add(String before, List<Span> spans, String after, List<String> lines) {
        if (!spans.isEmpty()) {
            lines.add(before
                    + String.join(", ", spans.stream().map(Span::toString).toList())
                    + after);
        }
    }

    /** Sessions, and steps that waited; nothing of servers that announce none. */
    private static String load(ServerDetails details) {
        if (!details.extensions().containsKey(ServerLoad.EXTENSION)) {
            return "";
        }
        ServerLoad load = ServerLoad.of(details);
        return load.sessions()
                + (load.sessions() == 1 ? " session" : " sessions")
                + (load.waiting() == 0 ? "" : ", " + load.waiting() + " waiting");
    }

    private static String version(ServerDetails details) {
        String ours = ServerVersion.corolla(details);
        String petals = details.version() == null ? "" : details.version();
        return ours == null ? petals : "corolla " + ours;
    }

    private static String adapters(List<String> names) {
        List<String> some = names.subList(0, Math.min(ADAPTERS_MAX, names.size()));
        int more = names.size() - some.size();
        return String.join(", ", some) + (more > 0 ? " and " + more + " more" : "");
    }

    /** {@code ····████····}: where a span lies in all blocks. */
    static String bar(Span span, Span all) {
        int cells = Math.min(CELLS_MAX, all.length());
        int from = Math.floorDiv((span.start() - all.start()) * cells, all.length());
        int to = Math.max(from + 1, Math.ceilDiv((span.end() - all.start()) * cells, all.length()));
        return "·".repeat(from) + "█".repeat(to - from) + "·".repeat(cells - to);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
    }

    private static String ping(@Nullable Double seconds) {
        if (seconds == null) {
            return "";
        }
        return seconds.isInfinite() ? "no answer" : String.format(Locale.ROOT, "%.1f ms", seconds * 1e3);
    }
}
