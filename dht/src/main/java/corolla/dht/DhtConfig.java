package corolla.dht;

import corolla.base.multiformat.Multiaddr;
import corolla.dht.validation.RecordValidator;
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
        DhtLimits limits) {

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
        return new DhtConfig(
                List.of(),
                false,
                List.of(),
                20,
                5,
                4,
                5,
                1,
                true,
                Duration.ofSeconds(3),
                Duration.ofSeconds(60),
                Duration.ofSeconds(3),
                Duration.ofSeconds(5),
                Duration.ofMinutes(10),
                DhtLimits.defaults());
    }

    public DhtConfig withInitialPeers(List<Multiaddr> peers) {
        return new DhtConfig(
                peers,
                clientMode,
                validators,
                bucketSize,
                replicas,
                workers,
                bucketDepthModulo,
                cacheNearest,
                cacheResults,
                requestTime,
                bootstrapTime,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                limits);
    }

    public DhtConfig withClientMode(boolean client) {
        return new DhtConfig(
                initialPeers,
                client,
                validators,
                bucketSize,
                replicas,
                workers,
                bucketDepthModulo,
                cacheNearest,
                cacheResults,
                requestTime,
                bootstrapTime,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                limits);
    }

    public DhtConfig withValidators(List<RecordValidator> newValidators) {
        return new DhtConfig(
                initialPeers,
                clientMode,
                newValidators,
                bucketSize,
                replicas,
                workers,
                bucketDepthModulo,
                cacheNearest,
                cacheResults,
                requestTime,
                bootstrapTime,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                limits);
    }

    /** @param size k of the Kademlia paper */
    public DhtConfig withBucketSize(int size) {
        return new DhtConfig(
                initialPeers,
                clientMode,
                validators,
                size,
                replicas,
                workers,
                bucketDepthModulo,
                cacheNearest,
                cacheResults,
                requestTime,
                bootstrapTime,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                limits);
    }

    public DhtConfig withWorkers(int count) {
        return new DhtConfig(
                initialPeers,
                clientMode,
                validators,
                bucketSize,
                replicas,
                count,
                bucketDepthModulo,
                cacheNearest,
                cacheResults,
                requestTime,
                bootstrapTime,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                limits);
    }

    public DhtConfig withBootstrapTime(Duration time) {
        return new DhtConfig(
                initialPeers,
                clientMode,
                validators,
                bucketSize,
                replicas,
                workers,
                bucketDepthModulo,
                cacheNearest,
                cacheResults,
                requestTime,
                time,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                limits);
    }

    public DhtConfig withCacheResults(boolean cache) {
        return new DhtConfig(
                initialPeers,
                clientMode,
                validators,
                bucketSize,
                replicas,
                workers,
                bucketDepthModulo,
                cacheNearest,
                cache,
                requestTime,
                bootstrapTime,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                limits);
    }

    public DhtConfig withLimits(DhtLimits newLimits) {
        return new DhtConfig(
                initialPeers,
                clientMode,
                validators,
                bucketSize,
                replicas,
                workers,
                bucketDepthModulo,
                cacheNearest,
                cacheResults,
                requestTime,
                bootstrapTime,
                clockSkewMax,
                blacklistTime,
                blacklistTimeMax,
                newLimits);
    }
}
