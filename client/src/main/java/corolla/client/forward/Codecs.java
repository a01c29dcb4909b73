package corolla.client.forward;

import corolla.p2p.PeerId;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.tensor.DType;
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
