package corolla.client.routing;

import corolla.swarm.Span;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Servers whose spans follow each other. Immutable.
 *
 * @param hops at least one; each begins where the one before ends
 * @param seconds what a step of one token is expected to take
 */
public record Route(List<Hop> hops, double seconds) {
    public Route {
        hops = List.copyOf(hops);
        if (hops.isEmpty()) {
            throw new IllegalArgumentException("a route without servers");
        }
        for (int i = 1; i < hops.size(); i++) {
            if (hops.get(i).span().start() != hops.get(i - 1).span().end()) {
                throw new IllegalArgumentException("hop " + hops.get(i) + " does not follow " + hops.get(i - 1));
            }
        }
    }

    /** All blocks of the route. */
    public Span span() {
        return new Span(hops.getFirst().span().start(), hops.getLast().span().end());
    }

    @Override
    public String toString() {
        return hops.stream().map(Hop::toString).collect(Collectors.joining(" → "));
    }
}
