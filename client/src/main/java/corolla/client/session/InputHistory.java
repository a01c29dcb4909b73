package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What one server of a session has been fed, in the form it was sent; so keeping it costs no copy, and replaying it is exact. Confined to
 * its session.
 */
final class InputHistory {
    private final int batch;
    private final int hiddenSize;
    private final List<Piece> pieces = new ArrayList<>();
    private int tokens;

    /** The first {@code tokens} tokens of a tensor (batch, at least as many tokens, hiddenSize). */
    private record Piece(WireTensor tensor, int tokens) {}

    InputHistory(int batch, int hiddenSize) {
        this.batch = batch;
        this.hiddenSize = hiddenSize;
    }

    int tokens() {
        return tokens;
    }

    /** Adds (batch, tokens, hiddenSize); its bytes are kept, not copied. */
    void add(WireTensor tensor) {
        int count = (int) tensor.size(1);
        pieces.add(new Piece(tensor, count));
        tokens += count;
    }

    /** Forgets tokens from {@code count} on. */
    void truncate(int count) {
        while (tokens > count) {
            Piece last = pieces.removeLast();
            tokens -= last.tokens;
            if (tokens < count) {
                pieces.add(new Piece(last.tensor, count - tokens));
                tokens = count;
            }
        }
    }

    /** Tokens {@code [from, to)} as one f32 tensor. */
    WireTensor range(int from, int to) throws ProtocolException {
        int count = to - from;
        byte[] joined = new byte[Math.multiplyExact(Math.multiplyExact(batch * count, hiddenSize), Float.BYTES)];
        int start = 0;
        for (Piece piece : pieces) {
            int first = Math.max(from, start);
            int last = Math.min(to, start + piece.tokens);
            if (first < last) {
                copy(piece, first - start, last - first, MemorySegment.ofArray(joined), first - from, count);
            }
            start += piece.tokens;
        }
        return WireTensor.of(joined, DType.F32.torchName(), Compression.NONE, batch, count, hiddenSize);
    }

    private void copy(Piece piece, int from, int count, MemorySegment into, int at, int intoTokens)
            throws ProtocolException {
        long rowBytes = (long) hiddenSize * Float.BYTES;
        long pieceTokens = piece.tensor.size(1);
        MemorySegment floats = MemorySegment.ofArray(new byte[Math.toIntExact(batch * pieceTokens * rowBytes)]);
        TensorCodec.decodeFloats(piece.tensor, floats);
        for (int b = 0; b < batch; b++) {
            MemorySegment.copy(
                    floats,
                    (b * pieceTokens + from) * rowBytes,
                    into,
                    ((long) b * intoTokens + at) * rowBytes,
                    count * rowBytes);
        }
    }
}
