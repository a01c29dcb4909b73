package corolla.server;

import corolla.server.adapter.AdapterLimits;
import corolla.server.adapter.AdapterSource;
import corolla.server.placement.PlacementConfig;
import corolla.swarm.BlockUid;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What an operator chooses. Immutable; see {@link #builder}. */
public final class ServerConfig {
    private final Builder values;

    private ServerConfig(Builder values) {
        this.values = values;
    }

    /** Starts from the defaults; one of {@link Builder#blocks} and {@link Builder#blockCount} must be given. */
    public static Builder builder(String prefix) {
        BlockUid.checkPrefix(prefix);
        return new Builder(prefix);
    }

    /** The model's DHT prefix. */
    public String prefix() {
        return values.prefix;
    }

    /** The blocks to serve, when the operator has chosen them. */
    public Optional<Span> blocks() {
        return Optional.ofNullable(values.blocks);
    }

    /** What blocks, keys and values, and calls may take together; empty: no limit but that of {@link #blockCount}. */
    public OptionalLong memoryBytesMax() {
        return values.memoryBytesMax == null ? OptionalLong.empty() : OptionalLong.of(values.memoryBytesMax);
    }

    /** How many blocks to serve where the swarm needs them most, when {@link #blocks} is empty; 0: as many as fit in memory. */
    public int blockCount() {
        return values.blockCount;
    }

    /** {@code owner/name} of the model on the hub; empty for a local one. */
    public Optional<String> repository() {
        return Optional.ofNullable(values.repository);
    }

    public Optional<String> publicName() {
        return Optional.ofNullable(values.publicName);
    }

    /** How answers are packed when the client does not say. */
    public Compression compression() {
        return values.compression;
    }

    /** Tokens of keys and values to keep for each block; empty: by the model. */
    public OptionalInt cacheTokens() {
        return optional(values.cacheTokens);
    }

    /** Longest session, in tokens; empty: by the model. */
    public OptionalInt inferenceLengthMax() {
        return optional(values.inferenceLengthMax);
    }

    /** Most tokens (batch · length) of a forward call; empty: by the model. */
    public OptionalInt batchTokensMax() {
        return optional(values.batchTokensMax);
    }

    /** Whether the server may move to other blocks when the swarm needs it; not when the operator has chosen them. */
    public boolean isMovable() {
        return values.movable && values.blocks == null;
    }

    /** Whether a server that has just begun to serve plays sessions to itself, so that the first client finds compiled code. */
    public boolean rehearses() {
        return values.rehearses;
    }

    /** The rhythm of choices and moves. */
    public PlacementConfig placement() {
        return values.placement;
    }

    /** Tokens per second to announce; empty: measure. */
    public OptionalDouble throughput() {
        return values.throughput == null ? OptionalDouble.empty() : OptionalDouble.of(values.throughput);
    }

    /** What the network carries, in bits per second; empty: measure. */
    public OptionalDouble networkBitsPerSecond() {
        return values.networkBitsPerSecond == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(values.networkBitsPerSecond);
    }

    /** How often to announce. */
    public Duration updatePeriod() {
        return values.updatePeriod;
    }

    /** Whether this node's DHT only asks, because others cannot reach it. */
    public boolean isRelayed() {
        return values.relayed;
    }

    public ServerLimits limits() {
        return values.limits;
    }

    /** LoRA adapters to serve from the start, by name. */
    public Map<String, AdapterSource> adapters() {
        return values.adapters;
    }

    /** A folder whose subfolders are LoRA adapters, to be watched. */
    public Optional<Path> adaptersFolder() {
        return Optional.ofNullable(values.adaptersFolder);
    }

    public AdapterLimits adapterLimits() {
        return values.adapterLimits;
    }

    private static OptionalInt optional(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    /** Collects choices. Confined to one thread; not used after {@link #build}. */
    public static final class Builder {
        private static final double MEGABIT = 1e6;

        private final String prefix;
        private @Nullable Span blocks;
        private int blockCount;
        private @Nullable Long memoryBytesMax;
        private @Nullable String repository;
        private @Nullable String publicName;
        private Compression compression = Compression.NONE;
        private @Nullable Integer cacheTokens;
        private @Nullable Integer inferenceLengthMax;
        private @Nullable Integer batchTokensMax;
        private @Nullable Double throughput;
        private @Nullable Double networkBitsPerSecond;
        private Duration updatePeriod = Duration.ofMinutes(2);
        private boolean relayed;
        private boolean movable = true;
        private boolean rehearses;
        private PlacementConfig placement = PlacementConfig.defaults();
        private ServerLimits limits = ServerLimits.defaults();
        private final Map<String, AdapterSource> adapters = new LinkedHashMap<>();
        private @Nullable Path adaptersFolder;
        private AdapterLimits adapterLimits = AdapterLimits.defaults();

        private Builder(String prefix) {
            this.prefix = prefix;
        }

        public Builder blocks(Span span) {
            blocks = span;
            return this;
        }

        public Builder blockCount(int count) {
            blockCount = checkPositive("blockCount", count);
            return this;
        }

        public Builder memoryBytesMax(long bytes) {
            if (bytes < 1) {
                throw new IllegalArgumentException("memoryBytesMax " + bytes + " is not positive");
            }
            memoryBytesMax = bytes;
            return this;
        }

        public Builder repository(@Nullable String name) {
            repository = name;
            return this;
        }

        public Builder publicName(@Nullable String name) {
            publicName = name;
            return this;
        }

        public Builder compression(Compression value) {
            compression = value;
            return this;
        }

        public Builder cacheTokens(int tokens) {
            cacheTokens = checkPositive("cacheTokens", tokens);
            return this;
        }

        public Builder inferenceLengthMax(int tokens) {
            inferenceLengthMax = checkPositive("inferenceLengthMax", tokens);
            return this;
        }

        public Builder batchTokensMax(int tokens) {
            batchTokensMax = checkPositive("batchTokensMax", tokens);
            return this;
        }

        public Builder throughput(double tokensPerSecond) {
            if (!Double.isFinite(tokensPerSecond) || tokensPerSecond < 0) {
                throw new IllegalArgumentException("throughput " + tokensPerSecond + " is not a number of at least 0");
            }
            throughput = tokensPerSecond;
            return this;
        }

        public Builder networkMegabits(double megabits) {
            if (!(megabits > 0) || Double.isInfinite(megabits)) {
                throw new IllegalArgumentException("network of " + megabits + " Mbit/s");
            }
            networkBitsPerSecond = megabits * MEGABIT;
            return this;
        }

        public Builder updatePeriod(Duration period) {
            if (!period.isPositive()) {
                throw new IllegalArgumentException("updatePeriod " + period + " is not positive");
            }
            updatePeriod = period;
            return this;
        }

        public Builder relayed(boolean value) {
            relayed = value;
            return this;
        }

        /** See {@link ServerConfig#rehearses}; a server does not, unless it is told to. */
        public Builder rehearses(boolean value) {
            rehearses = value;
            return this;
        }

        /** Whether to stay with the blocks that were chosen first. */
        public Builder movable(boolean value) {
            movable = value;
            return this;
        }

        public Builder placement(PlacementConfig value) {
            placement = value;
            return this;
        }

        public Builder limits(ServerLimits value) {
            limits = value;
            return this;
        }

        /** Serves one more LoRA adapter; {@code name} is what requests call it. */
        public Builder adapter(String name, AdapterSource source) {
            if (adapters.putIfAbsent(name, source) != null) {
                throw new IllegalArgumentException("two adapters are called " + name);
            }
            return this;
        }

        public Builder adaptersFolder(@Nullable Path folder) {
            adaptersFolder = folder;
            return this;
        }

        public Builder adapterLimits(AdapterLimits value) {
            adapterLimits = value;
            return this;
        }

        public ServerConfig build() {
            if (blocks == null && blockCount == 0 && memoryBytesMax == null) {
                throw new IllegalArgumentException(
                        "no blocks chosen: give --block-indices START:END or --num-blocks N");
            }
            return new ServerConfig(this);
        }

        private static int checkPositive(String name, int value) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " " + value + " is not positive");
            }
            return value;
        }
    }
}
