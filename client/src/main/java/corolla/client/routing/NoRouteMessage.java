package corolla.client.routing;

import corolla.p2p.PeerId;
import corolla.swarm.NoRouteException;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Says which blocks nobody serves, who was seen, and what to do. Pure. */
final class NoRouteMessage {
    private static final int SERVERS_LISTED_MAX = 8;
    private static final int FAILURES_LISTED_MAX = 4;

    private NoRouteMessage() {}

    static NoRouteException of(SwarmView view, Span wanted, RoutePolicy policy, Map<PeerId, String> failed) {
        List<Span> missing = view.filter(peer -> !policy.excluded().contains(peer)).missing(ServerState.ONLINE).stream()
                .flatMap(span -> span.intersection(wanted).stream())
                .toList();
        return new NoRouteException(
                view.prefix(), missing, isLoading(view, missing), seen(view) + failed(failed) + advice(view, missing));
    }

    private static boolean isLoading(SwarmView view, List<Span> missing) {
        List<PeerSpan> servers = view.spans(ServerState.JOINING);
        return missing.stream()
                .flatMapToInt(span -> IntStream.range(span.start(), span.end()))
                .allMatch(block ->
                        servers.stream().anyMatch(server -> server.span().contains(block)));
    }

    private static String seen(SwarmView view) {
        List<PeerSpan> servers = view.spans(ServerState.JOINING);
        if (servers.isEmpty()) {
            return "nobody in this swarm serves a model under that DHT prefix";
        }
        String listed = servers.stream()
                .limit(SERVERS_LISTED_MAX)
                .map(server -> server.peer().shortForm() + " " + server.span()
                        + (server.info().state() == ServerState.JOINING ? " (still loading)" : ""))
                .collect(Collectors.joining(", "));
        int more = servers.size() - SERVERS_LISTED_MAX;
        return "servers seen: " + listed + (more > 0 ? " and " + more + " more" : "");
    }

    private static String failed(Map<PeerId, String> reasons) {
        return reasons.isEmpty()
                ? ""
                : "; failed just now: "
                        + reasons.entrySet().stream()
                                .limit(FAILURES_LISTED_MAX)
                                .map(entry -> entry.getKey().shortForm() + " (" + entry.getValue() + ")")
                                .collect(Collectors.joining(", "));
    }

    private static String advice(SwarmView view, List<Span> missing) {
        String blocks = missing.isEmpty() ? "" : " --block-indices " + missing.getFirst();
        return "; check the DHT prefix, wait for servers that are loading, or add one: corolla server MODEL"
                + " --initial-peers … --dht-prefix " + view.prefix() + blocks;
    }
}
