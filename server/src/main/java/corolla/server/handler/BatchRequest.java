package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.server.backend.Chain;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A forward or backward call, its chain known to be ours. Immutable; borrows the message's bytes.
 *
 * @param model what we serve
 * @param chain the blocks
 * @param metadata what the client said
 * @param tensors all of them, whole
 * @param args how tensors are arguments
 */
record BatchRequest(
        ServedModel model, Chain chain, RequestMetadata metadata, List<WireTensor> tensors, ArgsStructure args) {

    /**
     * Reads a call.
     *
     * @param first its first message, or its only one
     * @param tensors those of all messages
     */
    static BatchRequest of(ServedModel model, ExpertRequest first, List<WireTensor> tensors)
            throws ProtocolException, RequestException {
        RequestMetadata metadata = RequestMetadata.read(first.metadata());
        Chain chain = Chain.of(model.chain(first.uid()));
        ArgsStructure given = metadata.argsStructure();
        ArgsStructure args = given == null ? ArgsStructure.flat(tensors.size()) : given;
        return new BatchRequest(model, chain, metadata, tensors, args);
    }

    /** An argument that must be there. */
    WireTensor argument(int position, String what) throws ProtocolException, RequestException {
        return args.argument(tensors, position).orElseThrow(() -> new RequestException("a request without " + what));
    }

    /** An argument that may be absent. */
    @Nullable
    WireTensor optional(int position) throws ProtocolException {
        return args.argument(tensors, position)
                .filter(tensor -> !tensor.isAbsent())
                .orElse(null);
    }

    /** Batch and tokens of the hidden states in an argument, within the server's limit. */
    RequestTensors.HiddenSize hiddenSize(WireTensor hidden) throws ProtocolException, RequestException {
        RequestTensors.HiddenSize size = RequestTensors.hiddenSize(hidden, model.hiddenSize());
        if (size.rows() > model.batchTokensMax()) {
            throw new RequestException(
                    "Task size greater than max_batch_size (" + model.batchTokensMax() + "), it can't be processed");
        }
        return size;
    }

    /** How to pack answer number {@code index} of {@code count}. */
    Compression outputCompression(int index, int count) throws RequestException {
        return model.compression(metadata, index, count);
    }
}
