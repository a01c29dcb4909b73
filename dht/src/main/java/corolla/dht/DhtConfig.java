package corolla.dht;

import corolla.base.multiformat.Multiaddr;
import corolla.dht.validation.RecordValidator;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.util.List;

/**
 * How a node is started; the defaults are those of stock hivemind. Immutable; start from {@link #defaults()}.
 *
 * @param initialPeers whom to join through, each ending in {@code /p2p/ID}; empty for the first node of a swarm
 * @param clientMode reads and writes, but keeps nothing for others
 * @param validators checks of records, in any order
 * @param bucketSize k of the Kademlia paper: members of a bucket, and nodes that a lookup ends with
 * @param replicas how many nodes keep a record
 * @param workers find requests of one lookup under way at once (the paper's α)
 * @param bucketDepthModulo full buckets of other depths than a multiple of it are split
 * @param cacheNearest how many of the nearest nodes that lacked a value are told it
 * @param cacheResults keep what was found, to answer the same question at once
 * @param requestTime one request to another node
 * @param bootstrapTime joining; initial peers are tried again meanwhile
 * @param clockSkewMax largest difference between our clock and that of a node we join through
 * @param blacklistTime how long a node that failed is not asked, doubling with each further failure
 * @param blacklistTimeMax the longest such time
 * @param limits see there
 */
@RecordBuilder
public record DhtConfig(
        List<Multiaddr> initialPeers,
        boolean clientMode,
        List<RecordValidator> validators,
        int bucketSize,
        int replicas,
        int workers,
        int bucketDepthModulo,
        int cacheNearest,
        boolean cacheResults,
        Duration requestTime,
        Duration bootstrapTime,
        Duration clockSkewMax,
        Duration blacklistTime,
        Duration blacklistTimeMax,
        DhtLimits limits)
        implements DhtConfigBuilder.With {

    public DhtConfig {
        initialPeers = List.copyOf(initialPeers);
        validators = List.copyOf(validators);
        if (bucketSize < 1 || replicas < 1 || workers < 1 || bucketDepthModulo < 1 || cacheNearest < 0) {
            throw new IllegalArgumentException("bucketSize " + bucketSize + ", replicas " + replicas + ", workers "
                    + workers + ", bucketDepthModulo " + bucketDepthModulo + " must be positive, cacheNearest "
                    + cacheNearest + " not negative");
        }
    }

    public static DhtConfig defaults() {
        return DhtConfigBuilder.builder()
                .initialPeers(List.of())
                .validators(List.of())
                .bucketSize(20)
                .replicas(5)
                .workers(4)
                .bucketDepthModulo(5)
                .cacheNearest(1)
                .cacheResults(true)
                .requestTime(Duration.ofSeconds(3))
                .bootstrapTime(Duration.ofSeconds(60))
                .clockSkewMax(Duration.ofSeconds(3))
                .blacklistTime(Duration.ofSeconds(5))
                .blacklistTimeMax(Duration.ofMinutes(10))
                .limits(DhtLimits.defaults())
                .build();
    }
}
