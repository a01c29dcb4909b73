package corolla.bench.blocks;

import corolla.tensor.DType;
import java.util.List;

/**
 * What one shape costs in one type. Speeds are bytes, or floating-point operations, a second.
 *
 * @param blockBytes weights of a block as they lie in memory
 * @param read the memory's read speed, in turn with decoding
 * @param decode bytes of weights by decoding one token
 * @param decodeFour by a joint step of four
 * @param decodeEight by a joint step of eight
 * @param cells by number of tokens
 */
record BlocksRow(
        String shape,
        DType type,
        double blockBytes,
        double read,
        double decode,
        double decodeFour,
        double decodeEight,
        List<Cell> cells) {

    BlocksRow {
        cells = List.copyOf(cells);
    }

    /**
     * Products of some tokens; NaN where oneDNN did not run.
     *
     * @param oneDnnForward oneDNN's own product of the same shapes, f32 for f32 weights, else bf16
     */
    record Cell(int tokens, double forward, double backward, double oneDnnForward, double oneDnnBackward) {}
}
