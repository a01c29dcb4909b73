package corolla.swarm.codec;

import corolla.base.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tensors in pieces, as the {@code _stream} calls carry them. A piece with a dtype begins a tensor; the announced number of
 * pieces is not consulted. Joining is bounded. Confined to one thread.
 */
public final class TensorPieces {
    private final int bytesMax;
    private final int tensorsMax;
    private final List<WireTensor> done = new ArrayList<>();
    private @Nullable WireTensor first;
    private @Nullable ByteArrayOutputStream joined; // set from a tensor's second piece on
    private long bytes;

    /**
     * @param bytesMax packed bytes of all tensors together
     * @param tensorsMax tensors of one call
     */
    public TensorPieces(int bytesMax, int tensorsMax) {
        this.bytesMax = bytesMax;
        this.tensorsMax = tensorsMax;
    }

    /** Cuts a tensor; an empty one is one piece. The pieces share its bytes. */
    public static List<WireTensor> split(WireTensor tensor, int pieceBytesMax) {
        int count = tensor.byteCount();
        int pieces = Math.ceilDiv(count, pieceBytesMax);
        var list = new ArrayList<WireTensor>(Math.max(1, pieces));
        list.add(tensor.firstPiece(Math.min(count, pieceBytesMax), pieces));
        for (long from = pieceBytesMax; from < count; from += pieceBytesMax) {
            list.add(tensor.nextPiece((int) from, (int) Math.min(pieceBytesMax, count - from)));
        }
        return list;
    }

    /** Takes the next piece; the bytes of a tensor's first piece stay borrowed. */
    public void add(WireTensor piece) throws ProtocolException {
        bytes += piece.byteCount();
        if (bytes > bytesMax) {
            throw new ProtocolException("tensors in pieces exceed " + bytesMax + " bytes");
        }
        if (!piece.dtype().isEmpty()) {
            complete();
            first = piece;
            return;
        }
        if (first == null) {
            throw new ProtocolException("the first piece of a tensor names no dtype");
        }
        if (joined == null) {
            joined = new ByteArrayOutputStream(first.byteCount() + piece.byteCount());
            first.appendTo(joined);
        }
        piece.appendTo(joined);
    }

    /** All tensors, in order. */
    public List<WireTensor> finish() throws ProtocolException {
        complete();
        return List.copyOf(done);
    }

    private void complete() throws ProtocolException {
        if (first == null) {
            return;
        }
        if (done.size() == tensorsMax) {
            throw new ProtocolException("more than " + tensorsMax + " tensors in one call");
        }
        done.add(joined == null ? first : first.withBuffer(joined.toByteArray()));
        joined = null;
        first = null;
    }
}
