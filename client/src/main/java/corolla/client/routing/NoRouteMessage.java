package corolla.client.routing;

import corolla.p2p.PeerId;
import corolla.swarm.NoRouteException;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.SwarmView;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Says which blocks nobody serves, who was seen, and what to do. Pure. */
final class NoRouteMessage {
    private static final int SERVERS_LISTED_MAX = 8;
    private static final int FAILURES_LISTED_MAX = 4;
    private static final int ADAPTERS_LISTED_MAX = 16;
    private static final int NAME_CHARS_MAX = 64;

    private NoRouteMessage() {}

    static NoRouteException of(SwarmView view, Span wanted, RoutePolicy policy, Map<PeerId, String> failed) {
        Set<PeerId> allowed = view.spans(ServerState.ONLINE).stream()
                .filter(policy::allows)
                .map(PeerSpan::peer)
                .collect(Collectors.toSet());
        List<Span> missing = view.filter(allowed::contains).missing(ServerState.ONLINE).stream()
                .flatMap(span -> span.intersection(wanted).stream())
                .toList();
        String seen = seen(view) + adapters(view, policy.adapter());
        String text = seen + failed(failed) + advice(view, policy.adapter(), missing);
        return new NoRouteException(view.prefix(), policy.adapter(), missing, isLoading(view, policy, missing), text);
    }

    private static boolean isLoading(SwarmView view, RoutePolicy policy, List<Span> missing) {
        List<PeerSpan> servers = view.spans(ServerState.JOINING).stream()
                .filter(policy.excluding(Set.of())::allows)
                .toList();
        return missing.stream()
                .flatMapToInt(span -> IntStream.range(span.start(), span.end()))
                .allMatch(block ->
                        servers.stream().anyMatch(server -> server.span().contains(block)));
    }

    private static String seen(SwarmView view) {
        List<PeerSpan> servers = view.spans(ServerState.JOINING);
        return servers.isEmpty()
                ? "nobody in this swarm serves a model under that DHT prefix"
                : "servers seen: " + listed(servers);
    }

    /** Who has the wanted adapter, and which others there are. */
    private static String adapters(SwarmView view, String adapter) {
        if (adapter.isEmpty()) {
            return "";
        }
        List<PeerSpan> servers = view.spans(ServerState.JOINING);
        List<PeerSpan> having = servers.stream()
                .filter(server -> server.info().details().adapters().contains(adapter))
                .toList();
        String others = servers.stream()
                .flatMap(server -> server.info().details().adapters().stream())
                .filter(name -> !name.equals(adapter))
                .map(NoRouteMessage::harmless)
                .distinct()
                .sorted()
                .limit(ADAPTERS_LISTED_MAX)
                .collect(Collectors.joining(", "));
        return "; adapter '" + adapter + "' is announced by " + (having.isEmpty() ? "nobody" : listed(having))
                + (others.isEmpty() ? "" : "; other adapters here: " + others);
    }

    /** A name that some server has told, for a person's terminal. */
    private static String harmless(String name) {
        String shown = name.replaceAll("\\p{Cntrl}", "?");
        return shown.length() <= NAME_CHARS_MAX ? shown : shown.substring(0, NAME_CHARS_MAX) + "…";
    }

    private static String listed(List<PeerSpan> servers) {
        String listed = servers.stream()
                .limit(SERVERS_LISTED_MAX)
                .map(server -> server.peer().shortForm() + " " + server.span()
                        + (server.info().state() == ServerState.JOINING ? " (still loading)" : ""))
                .collect(Collectors.joining(", "));
        int more = servers.size() - SERVERS_LISTED_MAX;
        return listed + (more > 0 ? " and " + more + " more" : "");
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

    private static String advice(SwarmView view, String adapter, List<Span> missing) {
        String blocks = missing.isEmpty() ? "" : " --block-indices " + missing.getFirst();
        return "; check the DHT prefix, wait for servers that are loading, or add one: corolla server MODEL"
                + " --initial-peers … --dht-prefix " + view.prefix() + blocks
                + (adapter.isEmpty() ? "" : " --adapters " + adapter);
    }
}
