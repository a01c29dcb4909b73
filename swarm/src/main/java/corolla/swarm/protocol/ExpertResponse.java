package corolla.swarm.protocol;

import corolla.swarm.codec.WireTensor;
import java.util.List;

/**
 * The answer of a chain of blocks. Immutable, except that arrays are borrowed.
 *
 * @param tensors results, or one piece
 * @param metadata a MessagePack map; stock servers leave it empty
 */
public record ExpertResponse(List<WireTensor> tensors, byte[] metadata) {
    private static final byte[] NO_METADATA = {};

    public ExpertResponse {
        tensors = List.copyOf(tensors);
    }

    public static ExpertResponse of(WireTensor... tensors) {
        return new ExpertResponse(List.of(tensors), NO_METADATA);
    }
}
