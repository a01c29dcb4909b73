package corolla.client.session;

import corolla.p2p.PeerId;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.tensor.DType;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How tensors are packed on the link to one server. Immutable.
 *
 * @param hidden hidden states of a request
 * @param gradients gradients of a request
 * @param prompts deep prompts of a request
 * @param answers what the server is asked to pack its answers with; null: as it likes
 */
public record Codecs(
        Compression hidden,
        Compression gradients,
        Compression prompts,
        @Nullable Compression answers) {

    /** Nothing is lost on the way, and servers answer as they like: what stock clients do by default. */
    public static final Codecs PLAIN = new Codecs(Compression.NONE, Compression.NONE, Compression.NONE, null);

    private static final List<String> ABOUT_PACKING = List.of("compress", "quantiz", "bfloat16", "bitsandbytes");

    public Codecs {
        for (Compression codec : new Compression[] {hidden, gradients, prompts}) {
            if (!TensorCodec.canEncode(DType.F32, codec)) {
                throw new IllegalArgumentException("compression " + codec + " does not go with f32 requests");
            }
        }
    }

    /** One compression for everything, both ways. */
    public static Codecs of(Compression all) {
        return new Codecs(all, all, all, all);
    }

    /**
     * Whether a server that is asked with these may hand its outputs straight on to one that is to be asked with those. Its own request
     * goes along, and with it the codec of its answers; and what it hands on must be what we would send, should it not come.
     */
    boolean handOnTo(Codecs next) {
        boolean isSent = next.hidden == Compression.NONE || next.hidden == answers;
        return isSent && answers == next.answers;
    }

    /** Whether hidden states come to the server, or its outputs come back, as rough figures. */
    boolean isRough() {
        return hidden.isRough() || (answers != null && answers.isRough());
    }

    /**
     * What to add to an error: that it may be us who want what the server cannot do.
     *
     * @param refusal what the server says
     */
    public String advice(String refusal) {
        String text = refusal.toLowerCase(Locale.ROOT);
        boolean isAboutPacking = ABOUT_PACKING.stream().anyMatch(text::contains);
        return isAboutPacking && !equals(PLAIN)
                ? "; it was asked for " + this + ": choose another compression for it, or none"
                : "";
    }

    @Override
    public String toString() {
        boolean isOne = hidden == gradients && hidden == prompts && hidden == answers;
        return isOne
                ? hidden.name()
                : "hidden states as " + hidden + ", gradients as " + gradients + ", prompts as " + prompts
                        + ", answers as " + (answers == null ? "it likes" : answers);
    }

    /** Chooses for each link. Thread-safe. */
    @FunctionalInterface
    public interface Choice {
        /** The same for every server. */
        static Choice always(Codecs codecs) {
            return server -> codecs;
        }

        Codecs on(PeerId server);
    }
}
