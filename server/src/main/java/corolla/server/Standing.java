package corolla.server;

import corolla.swarm.ServerState;
import corolla.swarm.Span;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a server says about some of its blocks. Immutable.
 *
 * @param blocks under which it says so
 * @param announced the span that it says it holds there
 * @param state how it stands with them
 */
record Standing(Span blocks, Span announced, ServerState state) {

    /** All of a span in one state. */
    static List<Standing> of(Span span, ServerState state) {
        return List.of(new Standing(span, span, state));
    }

    /** Blocks that are claimed beside those that are served. */
    static List<Standing> claiming(Span from, Span to) {
        var standings = new ArrayList<Standing>(of(from, ServerState.ONLINE));
        outside(to, from).forEach(span -> standings.add(new Standing(span, to, ServerState.JOINING)));
        return standings;
    }

    /** Blocks on the way: what stays is served, what is left is not, what comes is claimed. */
    static List<Standing> moving(Span from, Span to, @Nullable Span kept) {
        var standings = new ArrayList<Standing>();
        outside(from, to).forEach(span -> standings.add(new Standing(span, span, ServerState.OFFLINE)));
        if (kept != null) {
            standings.add(new Standing(kept, kept, ServerState.ONLINE));
        }
        outside(to, from).forEach(span -> standings.add(new Standing(span, to, ServerState.JOINING)));
        return standings;
    }

    /** A claim that is given up. */
    static List<Standing> withdrawing(Span from, Span to) {
        var standings = new ArrayList<Standing>(of(from, ServerState.ONLINE));
        outside(to, from).forEach(span -> standings.add(new Standing(span, span, ServerState.OFFLINE)));
        return standings;
    }

    /** The parts of {@code span} that lie outside {@code other}: none, one or two. */
    static List<Span> outside(Span span, Span other) {
        var parts = new ArrayList<Span>();
        int end = Math.min(span.end(), other.start());
        if (span.start() < end) {
            parts.add(new Span(span.start(), end));
        }
        int start = Math.max(span.start(), other.end());
        if (start < span.end()) {
            parts.add(new Span(start, span.end()));
        }
        return parts;
    }
}
