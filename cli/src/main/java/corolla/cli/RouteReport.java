package corolla.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import corolla.client.routing.Candidate;
import corolla.client.routing.Candidate.Standing;
import corolla.client.routing.HopCost;
import corolla.client.routing.RouteExplanation;
import corolla.client.routing.RouteExplanation.HopChoice;
import corolla.swarm.ServerDetails;
import corolla.swarm.protocol.ServerLoad;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A route and its reasons, for people and for programs. Pure. */
final class RouteReport {
    private static final String LEGEND =
            "announced and observed: tokens a second through one block; throughput: those that a server claims through all of its own";

    private RouteReport() {}

    static List<String> lines(String prefix, RouteCommand.Mode mode, RouteExplanation explanation) {
        var lines = new ArrayList<String>();
        int count = explanation.hops().size();
        String how = switch (mode) {
            case LATENCY -> "the fastest route for one token";
            case THROUGHPUT -> "a route drawn by chance, to spread load; one token";
        };
        lines.add(prefix + ": " + how + " is expected to take "
                + Sizes.millis(explanation.route().seconds()) + " through " + count
                + (count == 1 ? " server" : " servers"));
        for (int i = 0; i < count; i++) {
            HopChoice choice = explanation.hops().get(i);
            lines.add("");
            lines.add("hop " + (i + 1) + ": blocks " + choice.cost().hop().span() + " at "
                    + choice.cost().hop().peer().shortForm() + ", "
                    + Sizes.millis(choice.cost().seconds()) + " = " + sum(choice.cost()));
            table(choice).forEach(line -> lines.add("  " + line));
        }
        lines.add("");
        lines.add(LEGEND);
        return lines;
    }

    private static String sum(HopCost cost) {
        var parts = new ArrayList<String>();
        parts.add(Sizes.millis(cost.waySeconds()) + (cost.isPushed() ? " from the server before" : " there"));
        parts.add(Sizes.millis(cost.overheadSeconds()) + " handling");
        if (cost.queueSeconds() > 0) {
            parts.add(Sizes.millis(cost.queueSeconds()) + " queue");
        }
        if (cost.cachePenaltySeconds() > 0) {
            parts.add(Sizes.millis(cost.cachePenaltySeconds()) + " for a cache that is too full");
        }
        int blocks = cost.hop().span().length();
        parts.add(Sizes.millis(cost.computeSeconds()) + " for " + blocks + (blocks == 1 ? " block" : " blocks")
                + (cost.isObserved() ? " as observed" : " as announced"));
        if (cost.backSeconds() > 0) {
            parts.add(Sizes.millis(cost.backSeconds()) + " back");
        }
        return String.join(" + ", parts);
    }

    private static List<String> table(HopChoice choice) {
        var table = new Table(
                "server", "blocks", "ping", "announced", "observed", "waiting", "cache left", "throughput", "why");
        for (Candidate candidate : choice.candidates()) {
            ServerDetails details = candidate.server().info().details();
            table.row(
                    candidate.server().peer().shortForm(),
                    candidate.server().span().toString(),
                    ping(candidate.pingSeconds()),
                    rate(details.inferenceRps()),
                    rate(observedRps(candidate)),
                    Integer.toString(ServerLoad.of(details).waiting()),
                    details.cacheTokensLeft() == null
                            ? "?"
                            : details.cacheTokensLeft().toString(),
                    rate(candidate.server().info().throughput()),
                    why(candidate.standing()));
        }
        return table.lines();
    }

    private static @Nullable Double observedRps(Candidate candidate) {
        return candidate.blockSeconds() == null || candidate.blockSeconds() <= 0 ? null : 1 / candidate.blockSeconds();
    }

    private static String ping(@Nullable Double seconds) {
        if (seconds == null) {
            return "not pinged";
        }
        return seconds.isInfinite() ? "no answer" : Sizes.millis(seconds);
    }

    /** Tokens a second. */
    private static String rate(@Nullable Double value) {
        return value == null ? "" : String.format(Locale.ROOT, value < 100 ? "%.1f/s" : "%.0f/s", value);
    }

    private static String why(Standing standing) {
        return switch (standing) {
            case Standing.Chosen _ -> "chosen";
            case Standing.Slower slower ->
                "the best route through it takes " + Sizes.millis(slower.seconds()) + " longer";
            case Standing.Drawn drawn ->
                String.format(
                        Locale.ROOT, drawn.isChosen() ? "drawn, with %.0f %%" : "had %.0f %%", 100 * drawn.share());
            case Standing.Unusable unusable -> unusable.reason();
        };
    }

    static ObjectNode json(String prefix, RouteCommand.Mode mode, RouteExplanation explanation) {
        ObjectNode object = Json.object();
        object.put("dht_prefix", prefix);
        object.put("mode", mode.name().toLowerCase(Locale.ROOT));
        object.put("seconds", explanation.route().seconds());
        ArrayNode hops = object.putArray("hops");
        for (HopChoice choice : explanation.hops()) {
            HopCost cost = choice.cost();
            ObjectNode hop = hops.addObject();
            hop.put("peer", cost.hop().peer().toBase58());
            hop.put("start", cost.hop().span().start());
            hop.put("end", cost.hop().span().end());
            hop.put("seconds", cost.seconds());
            hop.put("pushed", cost.isPushed());
            hop.put("way_s", cost.waySeconds());
            hop.put("overhead_s", cost.overheadSeconds());
            hop.put("queue_s", cost.queueSeconds());
            hop.put("cache_penalty_s", cost.cachePenaltySeconds());
            hop.put("compute_s", cost.computeSeconds());
            hop.put("observed", cost.isObserved());
            hop.put("back_s", cost.backSeconds());
            ArrayNode candidates = hop.putArray("candidates");
            choice.candidates().forEach(candidate -> candidates.add(json(candidate)));
        }
        return object;
    }

    private static ObjectNode json(Candidate candidate) {
        ServerDetails details = candidate.server().info().details();
        Double ping = candidate.pingSeconds();
        ObjectNode node = Json.object();
        node.put("peer", candidate.server().peer().toBase58());
        node.put("start", candidate.server().span().start());
        node.put("end", candidate.server().span().end());
        node.put("state", candidate.server().info().state().name().toLowerCase(Locale.ROOT));
        node.put("ping_s", ping == null || ping.isInfinite() ? null : ping);
        node.put("announced_rps", details.inferenceRps());
        node.put("observed_rps", observedRps(candidate));
        node.put("waiting", ServerLoad.of(details).waiting());
        node.put("cache_tokens_left", details.cacheTokensLeft());
        node.put("throughput", candidate.server().info().throughput());
        switch (candidate.standing()) {
            case Standing.Chosen _ -> node.put("chosen", true);
            case Standing.Slower slower -> node.put("chosen", false).put("slower_s", slower.seconds());
            case Standing.Drawn drawn -> node.put("chosen", drawn.isChosen()).put("share", drawn.share());
            case Standing.Unusable unusable -> node.put("chosen", false).put("unusable", unusable.reason());
        }
        return node;
    }
}
