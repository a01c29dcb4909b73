package corolla.model.safetensors;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A stretch of a file that is fetched and kept by itself: tensors of one block, or of none, that lie one after another.
 *
 * @param block whose tensors they are; empty for embeddings, norms and heads
 * @param start bytes from the start of the file
 * @param end byte after the last
 */
public record Piece(OptionalInt block, long start, long end) {

    /** Cuts a file. The same header always gives the same pieces, so that servers of different spans share them. */
    public static List<Piece> cut(SafetensorsHeader header) {
        List<Piece> pieces = new ArrayList<>();
        for (SafetensorsEntry entry : header.inOrder()) {
            if (entry.bytes() == 0) {
                continue;
            }
            OptionalInt block = BlockNames.index(entry.name());
            Piece last = pieces.isEmpty() ? null : pieces.getLast();
            if (last != null && last.block.equals(block)) {
                pieces.set(pieces.size() - 1, new Piece(block, last.start, entry.end()));
            } else {
                pieces.add(new Piece(block, entry.start(), entry.end()));
            }
        }
        return pieces;
    }

    public long bytes() {
        return end - start;
    }

    /** Its file in a {@link PieceFolder}. */
    public String fileName() {
        return start + "-" + end;
    }

    boolean contains(SafetensorsEntry entry) {
        return start <= entry.start() && entry.end() <= end;
    }
}
