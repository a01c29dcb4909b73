package corolla.model.block;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive rows that go through a block together: as many as scratch has room for.
 *
 * @param start first row of the hidden state
 * @param rows how many
 * @param pieces whose rows they are
 */
record RowChunk(int start, int rows, List<Piece> pieces) {

    /**
     * Consecutive tokens of one sequence.
     *
     * @param part index of the part it belongs to
     * @param sequence which of the part's sequences
     * @param row first row within the chunk
     * @param tokens how many
     * @param position where the first stands in the sequence
     * @param cache where its keys and values are; null for a part that sees only itself
     */
    record Piece(
            int part,
            int sequence,
            int row,
            int tokens,
            int position,
            @Nullable KvCache cache) {}

    /** Cuts parts into chunks of at most {@code rowsMax} rows, in order, splitting sequences where needed. */
    static List<RowChunk> cut(List<Part> parts, int rowsMax) {
        List<RowChunk> chunks = new ArrayList<>();
        List<Piece> pieces = new ArrayList<>();
        int start = 0;
        int rows = 0;
        for (int p = 0; p < parts.size(); p++) {
            Part part = parts.get(p);
            for (int sequence = 0; sequence < part.batch(); sequence++) {
                for (int done = 0; done < part.tokens(); ) {
                    int tokens = Math.min(part.tokens() - done, rowsMax - rows);
                    pieces.add(new Piece(p, sequence, rows, tokens, part.position() + done, part.cache()));
                    rows += tokens;
                    done += tokens;
                    if (rows == rowsMax) {
                        chunks.add(new RowChunk(start, rows, List.copyOf(pieces)));
                        pieces.clear();
                        start += rows;
                        rows = 0;
                    }
                }
            }
        }
        if (rows > 0) {
            chunks.add(new RowChunk(start, rows, List.copyOf(pieces)));
        }
        return chunks;
    }
}
