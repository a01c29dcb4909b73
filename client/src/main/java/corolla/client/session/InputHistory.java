package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one server of a session has been fed, in the form it was sent; so keeping it costs no copy, and replaying it is exact. A reordering of
 * the batch (beam search) is kept as one too, and applied when the inputs are asked for. Confined to its session.
 */
final class InputHistory {
    /** Shorter messages are better joined than sent one by one. */
    private static final int ALONE_TOKENS_MIN = 16;

    private final int batch;
    private final int hiddenSize;
    private final boolean keeps;
    private final List<Piece> pieces = new ArrayList<>();
    private final List<int[]> reorderings = new ArrayList<>();
    private int tokens;

    /**
     * The first {@code tokens} tokens of a tensor (batch, at least as many tokens, hiddenSize).
     *
     * @param reorderings how many had been made before it came
     */
    private record Piece(WireTensor tensor, int tokens, int reorderings) {
        /** Whether its values cannot be packed again as they are, but with the very same neighbours. */
        boolean isPackedAsAWhole() {
            return !tensor.compression().isByValue();
        }

        boolean isUntouched(int reorderingsNow) {
            return tokens == tensor.size(1) && reorderings == reorderingsNow;
        }
    }

    /** @param keeps whether inputs are kept, or only counted */
    InputHistory(int batch, int hiddenSize, boolean keeps) {
        this.batch = batch;
        this.hiddenSize = hiddenSize;
        this.keeps = keeps;
    }

    int tokens() {
        return tokens;
    }

    boolean keepsInputs() {
        return keeps;
    }

    /**
     * Adds (batch, tokens, hiddenSize); its bytes are kept, not copied.
     *
     * @param hypoIds which old sequence each new one continues, from before these tokens on; or null
     */
    void add(WireTensor tensor, int @Nullable [] hypoIds) {
        int count = (int) tensor.size(1);
        tokens += count;
        if (!keeps) {
            return;
        }
        if (hypoIds != null) {
            reorderings.add(hypoIds);
        }
        pieces.add(new Piece(tensor, count, reorderings.size()));
    }

    /** Forgets tokens from {@code count} on. Reorderings stay: they have moved the tokens before as well. */
    void truncate(int count) {
        if (!keeps) {
            tokens = Math.min(tokens, count);
            return;
        }
        while (tokens > count) {
            Piece last = pieces.removeLast();
            tokens -= last.tokens;
            if (tokens < count) {
                pieces.add(new Piece(last.tensor, count - tokens, last.reorderings));
                tokens = count;
            }
        }
    }

    /** Takes back the latest reordering: of a step that was given up, whose tokens are forgotten already. */
    void forgetReordering() {
        if (keeps) {
            reorderings.removeLast();
        }
    }

    /**
     * Tokens from {@code from} on, as a server is to be fed them that takes the place of another: exactly the values that the other has got.
     * A long message that was packed as a whole goes once more as it is, since packing its values anew would change them; others are joined
     * and go as f32, or as halves where all of them are.
     *
     * @param end the last token is before it
     * @param tokensMax of one message
     */
    WireTensor following(int from, int end, int tokensMax) throws ProtocolException {
        int to = Math.min(end, from + tokensMax);
        boolean isHalf = true;
        int start = 0;
        for (Piece piece : pieces) {
            int next = start + piece.tokens;
            boolean isAlone = start >= from
                    && next <= end
                    && piece.tokens >= ALONE_TOKENS_MIN
                    && piece.isPackedAsAWhole()
                    && piece.isUntouched(reorderings.size());
            if (isAlone && start == from) {
                return piece.tensor;
            }
            to = isAlone ? Math.min(to, start) : to;
            isHalf &= next <= from || start >= to || piece.tensor.compression() == Compression.FLOAT16;
            start = next;
        }
        WireTensor joined = range(from, to);
        return isHalf ? TensorCodec.repack(joined, Compression.FLOAT16) : joined;
    }

    /**
     * Tokens {@code [from, to)} as one f32 tensor, in the present order of the batch: a new server that is fed them needs no reorderings.
     */
    WireTensor range(int from, int to) throws ProtocolException {
        if (!keeps) {
            throw new IllegalStateException("inputs were not kept");
        }
        int count = to - from;
        byte[] joined = new byte[Math.multiplyExact(Math.multiplyExact(batch * count, hiddenSize), Float.BYTES)];
        int[] rows = identity();
        int applied = reorderings.size();
        int end = tokens;
        for (Piece piece : pieces.reversed()) {
            while (applied > piece.reorderings) {
                rows = through(reorderings.get(--applied), rows);
            }
            int start = end - piece.tokens;
            int first = Math.max(from, start);
            int last = Math.min(to, end);
            if (first < last) {
                copy(piece, first - start, last - first, rows, MemorySegment.ofArray(joined), first - from, count);
            }
            end = start;
        }
        return WireTensor.of(joined, DType.F32.torchName(), Compression.NONE, batch, count, hiddenSize);
    }

    private int[] identity() {
        int[] rows = new int[batch];
        for (int b = 0; b < batch; b++) {
            rows[b] = b;
        }
        return rows;
    }

    /** Where the rows that are now in {@code rows}' places were before the reordering. */
    private static int[] through(int[] reordering, int[] rows) {
        int[] before = new int[rows.length];
        for (int b = 0; b < rows.length; b++) {
            before[b] = reordering[rows[b]];
        }
        return before;
    }

    private void copy(Piece piece, int from, int count, int[] rows, MemorySegment into, int at, int intoTokens)
            throws ProtocolException {
        long rowBytes = (long) hiddenSize * Float.BYTES;
        long pieceTokens = piece.tensor.size(1);
        MemorySegment floats = MemorySegment.ofArray(new byte[Math.toIntExact(batch * pieceTokens * rowBytes)]);
        TensorCodec.decodeFloats(piece.tensor, floats);
        for (int b = 0; b < batch; b++) {
            MemorySegment.copy(
                    floats,
                    (rows[b] * pieceTokens + from) * rowBytes,
                    into,
                    ((long) b * intoTokens + at) * rowBytes,
                    count * rowBytes);
        }
    }
}
