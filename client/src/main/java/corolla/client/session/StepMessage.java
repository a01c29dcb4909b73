package corolla.client.session;

import corolla.swarm.codec.Compression;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * One step as all servers of the chain get it, beside the hidden states.
 *
 * @param id one for the whole chain: servers answer each once
 * @param tokens of each sequence
 * @param hypoIds which old sequence each new one continues, or null when none changes
 */
record StepMessage(String id, int tokens, int @Nullable [] hypoIds) {
    private static final WireTensor NO_HYPO_IDS = WireTensor.absent(DType.I64.torchName());

    WireTensor hypoTensor() {
        if (hypoIds == null) {
            return NO_HYPO_IDS;
        }
        ByteBuffer bytes = ByteBuffer.allocate(hypoIds.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int id : hypoIds) {
            bytes.putLong(id);
        }
        return WireTensor.of(bytes.array(), DType.I64.torchName(), Compression.NONE, hypoIds.length);
    }
}
