package corolla.swarm.protocol;

import corolla.swarm.codec.WireTensor;
import java.util.List;

/**
 * A request to a chain of blocks. Immutable, except that arrays are borrowed.
 *
 * @param uid a chained uid; empty in the message that ends a session
 * @param tensors in the order of the call, or one piece
 * @param metadata a MessagePack map, may be empty
 */
public record ExpertRequest(String uid, List<WireTensor> tensors, byte[] metadata) {
    private static final byte[] NO_METADATA = {};

    public ExpertRequest {
        tensors = List.copyOf(tensors);
    }

    /** The message that ends an inference session. */
    public static ExpertRequest closing() {
        return new ExpertRequest("", List.of(), NO_METADATA);
    }

    public boolean isClosing() {
        return uid.isEmpty() && tensors.isEmpty();
    }
}
