package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.swarm.BlockUid;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.protocol.RequestMetadata;
import corolla.tensor.DType;
import java.util.List;

/**
 * What is served, and in which form. Immutable but for {@link ServedBlocks}.
 *
 * @param prefix the model's DHT prefix
 * @param blocks which blocks, now
 * @param hiddenSize elements of one hidden state
 * @param wireType dtype of hidden states that leave this server
 * @param compression how they are packed by default
 * @param inferenceLengthMax longest session in tokens
 * @param batchTokensMax most tokens (batch · length) of a forward call
 * @param cacheBytesPerToken bytes of keys and values of one token in one block
 */
public record ServedModel(
        String prefix,
        ServedBlocks blocks,
        int hiddenSize,
        DType wireType,
        Compression compression,
        int inferenceLengthMax,
        int batchTokensMax,
        long cacheBytesPerToken) {

    /** Reads a chain of which every block is served here. */
    ChainedUid chain(String uid) throws RequestException {
        try {
            ChainedUid chain = ChainedUid.parse(uid);
            for (BlockUid block : chain.blocks()) {
                if (!block.prefix().equals(prefix) || !blocks.contains(new Span(block.index(), block.index() + 1))) {
                    throw blocks.refusal(block.toString());
                }
            }
            return chain;
        } catch (ProtocolException notAUid) {
            throw new RequestException("Remote peer does not serve '" + shortened(uid) + "': " + notAUid.getMessage());
        }
    }

    /** How to pack answer number {@code index} of {@code count}: as the client asks, or as usual. */
    Compression compression(RequestMetadata metadata, int index, int count) throws RequestException {
        List<Compression> wanted = metadata.outputCompression();
        if (wanted == null) {
            return compression;
        }
        if (wanted.size() != count) {
            throw new RequestException(
                    "output_compression has " + wanted.size() + " entries for " + count + " tensors");
        }
        Compression asked = wanted.get(index);
        if (!TensorCodec.canEncode(wireType, asked)) {
            throw new RequestException(
                    "compression " + asked + " does not support " + wireType.torchName() + " tensors");
        }
        return asked;
    }

    /** A text from a peer, for a message. */
    static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
