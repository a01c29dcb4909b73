package corolla.p2p.kad;

import java.time.Duration;

/**
 * Every limit of Kademlia. Immutable; start from {@link #defaults()}.
 *
 * @param closestMax k of the Kademlia paper: peers in an answer, and members of a bucket
 * @param concurrency requests of one lookup under way at once (its α), at most
 * @param concurrencyForPeer the same of a lookup of one peer, to begin with: its first answer ends it, so most of many would be for nothing
 * @param patience such a lookup has one more request under way for each time so long without news
 * @param closestAnsweredMin a lookup ends when so many of the closest known peers have answered
 * @param queriesMax requests of one lookup; far above what honest answers lead to
 * @param candidatesMax peers that one lookup remembers
 * @param messageBytesMax one request or response; p2pd allows 4 MiB, twenty peers need a few KiB
 * @param peersPerMessageMax peers believed in one answer
 * @param addressesPerPeerMax addresses believed of one peer in an answer
 * @param requestTime one request and its answer, connecting included
 * @param lookupTime one whole lookup of the node's own
 * @param streamIdleTime an inbound stream without a request for so long is closed; p2pd gives 60 s too
 * @param streamsServedMax inbound streams at once
 * @param streamsServedPerPeerMax the same for one peer
 * @param refreshInterval how often the node looks up its own id
 * @param addressTtl how long addresses from answers are remembered
 * @param failuresMax members of the routing table leave it after so many failed requests in a row
 */
public record KadLimits(
        int closestMax,
        int concurrency,
        int concurrencyForPeer,
        Duration patience,
        int closestAnsweredMin,
        int queriesMax,
        int candidatesMax,
        int messageBytesMax,
        int peersPerMessageMax,
        int addressesPerPeerMax,
        Duration requestTime,
        Duration lookupTime,
        Duration streamIdleTime,
        int streamsServedMax,
        int streamsServedPerPeerMax,
        Duration refreshInterval,
        Duration addressTtl,
        int failuresMax) {

    public KadLimits {
        if (closestMax < 1
                || concurrencyForPeer < 1
                || concurrency < concurrencyForPeer
                || closestAnsweredMin < 1
                || candidatesMax < closestMax) {
            throw new IllegalArgumentException("closestMax " + closestMax + ", concurrencyForPeer " + concurrencyForPeer
                    + " and closestAnsweredMin " + closestAnsweredMin + " must be positive, concurrency " + concurrency
                    + " at least concurrencyForPeer, candidatesMax " + candidatesMax + " at least closestMax");
        }
    }

    public static KadLimits defaults() {
        return new KadLimits(
                20,
                10,
                3,
                Duration.ofMillis(500),
                3,
                200,
                1000,
                256 << 10,
                64,
                16,
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                256,
                8,
                Duration.ofMinutes(10),
                Duration.ofMinutes(30),
                2);
    }
}
