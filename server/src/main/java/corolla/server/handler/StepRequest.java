package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of one inference message, sorted and checked. Immutable; borrows the message's bytes.
 *
 * @param hidden (batch, tokens, hiddenSize), tokens may be 0
 * @param size its batch and tokens
 * @param prompts deep prompts, or null
 * @param hypoIds which old sequence each new one continues, or null when none changes
 */
record StepRequest(
        WireTensor hidden,
        RequestTensors.HiddenSize size,
        @Nullable WireTensor prompts,
        int @Nullable [] hypoIds) {

    /** Sorts the tensors by the session's structure and checks each by itself. */
    static StepRequest of(List<WireTensor> tensors, ArgsStructure structure, int hiddenSize)
            throws ProtocolException, RequestException {
        WireTensor hidden = structure
                .argument(tensors, 0)
                .orElseThrow(() -> new RequestException("an inference step without hidden states"));
        RequestTensors.HiddenSize size = RequestTensors.hiddenSize(hidden, hiddenSize);
        WireTensor prompts = present(structure, tensors, 1);
        WireTensor hypoIds = present(structure, tensors, 2);
        return new StepRequest(hidden, size, prompts, hypoIds == null ? null : hypoIds(hypoIds, size.batch()));
    }

    private static @Nullable WireTensor present(ArgsStructure structure, List<WireTensor> tensors, int position)
            throws ProtocolException {
        return structure
                .argument(tensors, position)
                .filter(tensor -> !tensor.isAbsent())
                .orElse(null);
    }

    private static int @Nullable [] hypoIds(WireTensor tensor, int batch) throws ProtocolException, RequestException {
        long[] ids = TensorCodec.decodeLongs(tensor, batch);
        if (ids.length != batch) {
            throw new RequestException(ids.length + " hypo_ids for a batch of " + batch);
        }
        int[] from = new int[batch];
        boolean same = true;
        for (int i = 0; i < batch; i++) {
            if (ids[i] < 0 || ids[i] >= batch) {
                throw new RequestException("hypo_id " + ids[i] + " for a batch of " + batch);
            }
            from[i] = (int) ids[i];
            same &= from[i] == i;
        }
        return same ? null : from;
    }
}
