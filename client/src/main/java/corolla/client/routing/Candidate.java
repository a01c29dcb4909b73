package corolla.client.routing;

import corolla.swarm.PeerSpan;
import org.jspecify.annotations.Nullable;

/**
 * A server that has a hop's first block, and how it stands beside the chosen one. Immutable.
 *
 * @param server its blocks, and what it announces
 * @param pingSeconds round trip from here, infinite when it did not answer; null when nobody has measured
 * @param blockSeconds what it took for one token in one block, as observed by this client; null when it was not
 */
public record Candidate(
        PeerSpan server,
        @Nullable Double pingSeconds,
        @Nullable Double blockSeconds,
        Standing standing) {

    /** Why it was chosen, or not. */
    public sealed interface Standing {
        /** It is on the fastest route. */
        record Chosen() implements Standing {}

        /**
         * A route that enters or stays on it at this block takes longer.
         *
         * @param seconds how much longer, for a step of one token
         */
        record Slower(double seconds) implements Standing {}

        /**
         * Servers are drawn by chance, to spread load.
         *
         * @param share how likely it was
         * @param isChosen whether it was drawn now
         */
        record Drawn(double share, boolean isChosen) implements Standing {}

        /** It is not asked, whatever it costs. */
        record Unusable(String reason) implements Standing {}
    }
}
