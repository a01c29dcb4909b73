package corolla.swarm;

import corolla.base.msgpack.Pack;
import corolla.p2p.PeerId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The open end of what a server announces: each fact may be missing. Immutable; see {@link Builder}.
 *
 * @param startBlock first block served
 * @param endBlock one past the last block served
 * @param publicName shown by monitors
 * @param version software version in Petals' numbering; clients compare it
 * @param networkRps tokens per second of the network
 * @param forwardRps tokens per second of one block in a large forward pass
 * @param inferenceRps tokens per second of one block in one-token steps
 * @param adapters names of the LoRA adapters loaded
 * @param torchDtype {@code float32}, {@code bfloat16} or {@code float16}
 * @param quantType {@code none}, {@code int8}, {@code nf4}, …
 * @param usingRelay whether the server is reached through relays
 * @param cacheTokensLeft free cache, counting a key <em>or</em> a value of one block as one token
 * @param nextPings smoothed round trips in seconds to servers that can follow this one; infinite when unreachable
 * @param extensions further facts by key; ours begin with {@link #EXTENSION_PREFIX}
 */
public record ServerDetails(
        @Nullable Integer startBlock,
        @Nullable Integer endBlock,
        @Nullable String publicName,
        @Nullable String version,
        @Nullable Double networkRps,
        @Nullable Double forwardRps,
        @Nullable Double inferenceRps,
        List<String> adapters,
        @Nullable String torchDtype,
        @Nullable String quantType,
        @Nullable Boolean usingRelay,
        @Nullable Long cacheTokensLeft,
        @Nullable Map<PeerId, Double> nextPings,
        Map<String, Pack> extensions) {

    /** Keys that stock peers do not know and ignore. */
    public static final String EXTENSION_PREFIX = "x_";

    /** Nothing known. */
    public static final ServerDetails EMPTY = builder().build();

    public ServerDetails {
        adapters = List.copyOf(adapters);
        nextPings = nextPings == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(nextPings));
        extensions = Collections.unmodifiableMap(new LinkedHashMap<>(extensions));
    }

    /** The span announced, or null when it is not (or not sensibly). */
    public @Nullable Span span() {
        if (startBlock == null || endBlock == null || endBlock <= startBlock) {
            return null;
        }
        return new Span(startBlock, endBlock);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** A builder that starts with these facts. */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.startBlock = startBlock;
        builder.endBlock = endBlock;
        builder.publicName = publicName;
        builder.version = version;
        builder.networkRps = networkRps;
        builder.forwardRps = forwardRps;
        builder.inferenceRps = inferenceRps;
        builder.adapters = adapters;
        builder.torchDtype = torchDtype;
        builder.quantType = quantType;
        builder.usingRelay = usingRelay;
        builder.cacheTokensLeft = cacheTokensLeft;
        builder.nextPings = nextPings;
        builder.extensions.putAll(extensions);
        return builder;
    }

    /** Collects facts; whatever is not set stays unknown. Confined to one thread. */
    public static final class Builder {
        private @Nullable Integer startBlock;
        private @Nullable Integer endBlock;
        private @Nullable String publicName;
        private @Nullable String version;
        private @Nullable Double networkRps;
        private @Nullable Double forwardRps;
        private @Nullable Double inferenceRps;
        private List<String> adapters = List.of();
        private @Nullable String torchDtype;
        private @Nullable String quantType;
        private @Nullable Boolean usingRelay;
        private @Nullable Long cacheTokensLeft;
        private @Nullable Map<PeerId, Double> nextPings;
        private final Map<String, Pack> extensions = new LinkedHashMap<>();

        private Builder() {}

        public Builder span(Span span) {
            return startBlock(span.start()).endBlock(span.end());
        }

        public Builder startBlock(@Nullable Integer value) {
            startBlock = value;
            return this;
        }

        public Builder endBlock(@Nullable Integer value) {
            endBlock = value;
            return this;
        }

        public Builder publicName(@Nullable String value) {
            publicName = value;
            return this;
        }

        public Builder version(@Nullable String value) {
            version = value;
            return this;
        }

        public Builder networkRps(@Nullable Double value) {
            networkRps = value;
            return this;
        }

        public Builder forwardRps(@Nullable Double value) {
            forwardRps = value;
            return this;
        }

        public Builder inferenceRps(@Nullable Double value) {
            inferenceRps = value;
            return this;
        }

        public Builder adapters(List<String> value) {
            adapters = value;
            return this;
        }

        public Builder torchDtype(@Nullable String value) {
            torchDtype = value;
            return this;
        }

        public Builder quantType(@Nullable String value) {
            quantType = value;
            return this;
        }

        public Builder usingRelay(@Nullable Boolean value) {
            usingRelay = value;
            return this;
        }

        public Builder cacheTokensLeft(@Nullable Long value) {
            cacheTokensLeft = value;
            return this;
        }

        public Builder nextPings(@Nullable Map<PeerId, Double> value) {
            nextPings = value;
            return this;
        }

        /** A fact of ours: {@code key} begins with {@link #EXTENSION_PREFIX}. */
        public Builder extension(String key, Pack value) {
            if (!key.startsWith(EXTENSION_PREFIX)) {
                throw new IllegalArgumentException("extension '" + key + "' does not begin with " + EXTENSION_PREFIX);
            }
            extensions.put(key, value);
            return this;
        }

        public ServerDetails build() {
            return new ServerDetails(
                    startBlock,
                    endBlock,
                    publicName,
                    version,
                    networkRps,
                    forwardRps,
                    inferenceRps,
                    adapters,
                    torchDtype,
                    quantType,
                    usingRelay,
                    cacheTokensLeft,
                    nextPings,
                    extensions);
        }
    }
}
