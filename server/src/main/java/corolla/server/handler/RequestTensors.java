package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.server.backend.Prompts;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;

/** Checks and unpacks what comes with a request. Sizes first, bytes second, memory last. */
final class RequestTensors {
    private static final int BATCH_MAX = 1 << 16;

    private RequestTensors() {}

    /** Batch and tokens of hidden states that have the right form. */
    record HiddenSize(int batch, int tokens) {
        long rows() {
            return (long) batch * tokens;
        }
    }

    static HiddenSize hiddenSize(WireTensor hidden, int hiddenSize) throws ProtocolException, RequestException {
        if (hidden.rank() != 3 || hidden.size(2) != hiddenSize) {
            throw new RequestException("hidden states " + hidden + " are not [batch, tokens, " + hiddenSize + "]");
        }
        if (hidden.size(0) < 1 || hidden.size(0) > BATCH_MAX || hidden.size(1) > Integer.MAX_VALUE) {
            throw new RequestException("hidden states " + hidden + " are out of range");
        }
        TensorCodec.check(hidden);
        return new HiddenSize((int) hidden.size(0), (int) hidden.size(1));
    }

    /** Checks deep prompts for {@code blocks} blocks; the caller has found that they are not absent. */
    static void checkPrompts(WireTensor prompts, int blocks, HiddenSize hidden, int hiddenSize, long bytesMax)
            throws ProtocolException, RequestException {
        if (prompts.rank() != 4 || prompts.size(3) != hiddenSize) {
            throw new RequestException("prompts " + prompts + " are not [blocks, batch, tokens, " + hiddenSize + "]");
        }
        if (prompts.size(0) != blocks) {
            throw new RequestException("Received " + prompts.size(0) + " prompts for " + blocks + " backends");
        }
        if (prompts.size(1) != 1 && prompts.size(1) != hidden.batch()) {
            throw new RequestException("prompts " + prompts + " for a batch of " + hidden.batch());
        }
        if (prompts.size(2) > hidden.tokens()) {
            throw new RequestException(
                    "prompts of " + prompts.size(2) + " tokens for a request of " + hidden.tokens() + " tokens");
        }
        if (prompts.elements() > bytesMax / Float.BYTES) {
            throw new RequestException("prompts " + prompts + " exceed " + bytesMax + " bytes");
        }
        TensorCodec.check(prompts);
    }

    static Prompts prompts(WireTensor prompts, Arena arena) throws ProtocolException {
        Tensor values = Tensor.allocate(arena, DType.F32, prompts.sizes());
        TensorCodec.decodeFloats(prompts, values.data());
        return new Prompts(values);
    }
}
