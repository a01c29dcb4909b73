package corolla.cli.blocks;

import java.util.Map;

/**
 * What one kind of block costs, in seconds.
 *
 * @param name of its weights, or of the peer
 * @param weightBytes of the block; NaN where they are not told
 * @param decode by number of sequences
 * @param forward by number of sequences of 128 tokens
 * @param backward likewise
 */
public record BlockRow(
        String name,
        double weightBytes,
        Map<Integer, Double> decode,
        Map<Integer, Double> forward,
        Map<Integer, Double> backward) {

    public BlockRow {
        decode = Map.copyOf(decode);
        forward = Map.copyOf(forward);
        backward = Map.copyOf(backward);
    }
}
