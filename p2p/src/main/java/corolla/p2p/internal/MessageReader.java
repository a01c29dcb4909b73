package corolla.p2p.internal;

import corolla.base.ProtocolException;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.Duplex;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages that announce their length. Memory is taken as bytes arrive: a peer that announces much and sends little
 * costs little. When a read ends with a {@link DeadlineException}, the next call goes on where it stopped.
 * Confined to one thread at a time.
 */
public final class MessageReader implements AutoCloseable {
    /** Holds a small message with its head; what is larger is read into its own array from there on. */
    private static final int BUFFER_BYTES = 1 << 10;

    private static final int BODY_BYTES_FIRST = 64 << 10;
    private static final byte[] EMPTY = {};

    private final Duplex in;
    private final String whom;
    private final ByteBudget budget;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int bufferFrom;
    private int bufferTo;

    /** What {@link #body} has taken from the budget; given back once, by whoever comes first. */
    private final AtomicLong bodyTaken = new AtomicLong();

    private final byte[] head = new byte[MessageForm.HEAD_BYTES_MAX];
    private int headFilled;
    private boolean headDone;
    private byte[] body = EMPTY;
    private int bodyFilled;

    /**
     * A reader of what {@code in} still has to give.
     *
     * @param whom the remote and the protocol, for messages
     */
    public MessageReader(Duplex in, String whom, ByteBudget budget) {
        this.in = in;
        this.whom = whom;
        this.budget = budget;
    }

    /**
     * Reads one message.
     *
     * @return the message, owned by the caller; null when the remote ended its direction before the message's first byte
     * @throws ProtocolException when it is longer than {@code bytesMax}, or the remote ended within it
     */
    public byte @Nullable [] read(MessageForm form, long bytesMax, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            return readWhole(form, bytesMax, deadline);
        } catch (DeadlineException later) {
            throw later;
        } catch (IOException broken) {
            close();
            throw broken;
        }
    }

    private byte @Nullable [] readWhole(MessageForm form, long bytesMax, Deadline deadline)
            throws IOException, InterruptedException {
        if (!headDone && !readHead(form, deadline)) {
            return null;
        }
        long length = form.length(head, headFilled);
        if (length < 0 || length > bytesMax) {
            throw new ProtocolException(
                    "message of " + Long.toUnsignedString(length) + " bytes exceeds " + bytesMax + " (" + whom + ")");
        }
        readBody((int) length, deadline);
        return takeBody();
    }

    /** The first byte of the head of the message that was read last. */
    public byte marker() {
        return head[0];
    }

    /** Gives the memory of an unfinished message back; nothing can be read afterwards. Any thread. */
    @Override
    public void close() {
        budget.giveBack(bodyTaken.getAndSet(0));
    }

    private boolean readHead(MessageForm form, Deadline deadline) throws IOException, InterruptedException {
        if (form.isComplete(head, headFilled)) {
            headFilled = 0; // that of the message before
        }
        while (!form.isComplete(head, headFilled)) {
            if (headFilled == head.length) {
                throw new ProtocolException("the length of a message does not end (" + whom + ")");
            }
            if (!fillBuffer(deadline)) {
                if (headFilled == 0) {
                    return false;
                }
                throw endedWithin();
            }
            head[headFilled++] = buffer[bufferFrom++];
        }
        headDone = true;
        return true;
    }

    private boolean fillBuffer(Deadline deadline) throws IOException, InterruptedException {
        if (bufferFrom < bufferTo) {
            return true;
        }
        int count = in.read(buffer, 0, buffer.length, deadline);
        bufferFrom = 0;
        bufferTo = Math.max(count, 0);
        return count >= 0;
    }

    private void readBody(int length, Deadline deadline) throws IOException, InterruptedException {
        while (bodyFilled < length) {
            if (bodyFilled == body.length) {
                growBody(length);
            }
            int count = readInto(body, bodyFilled, body.length - bodyFilled, deadline);
            if (count < 0) {
                throw endedWithin();
            }
            bodyFilled += count;
        }
    }

    private int readInto(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
        int buffered = bufferTo - bufferFrom;
        if (buffered == 0) {
            return in.read(into, from, count, deadline);
        }
        int taken = Math.min(buffered, count);
        System.arraycopy(buffer, bufferFrom, into, from, taken);
        bufferFrom += taken;
        return taken;
    }

    private void growBody(int length) throws IOException {
        int bytes = (int) Math.min(length, Math.max(BODY_BYTES_FIRST, body.length * 2L));
        if (!budget.tryTake(bytes - body.length)) {
            throw new IOException("no memory for a message of " + length
                    + " bytes: all arriving messages together may hold " + budget.bytesMax() + " (" + whom + ")");
        }
        bodyTaken.addAndGet(bytes - body.length);
        body = Arrays.copyOf(body, bytes);
    }

    private byte[] takeBody() {
        byte[] taken = body;
        budget.giveBack(bodyTaken.getAndSet(0));
        body = EMPTY;
        bodyFilled = 0;
        headDone = false;
        return taken;
    }

    private ProtocolException endedWithin() {
        return new ProtocolException("the stream ended within a message (" + whom + ")");
    }
}
