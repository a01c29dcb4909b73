package corolla.p2p.yamux;

import static corolla.p2p.yamux.YamuxMessages.FIN;

import corolla.base.ProtocolException;
import corolla.p2p.yamux.YamuxMessages.Frame;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.function.Consumer;

/**
 * What one session has to send, and in which order. Bounded: control frames by their limit, the rest by the number of streams, each of
 * which is in here at most once. Guarded by the connection's lock.
 */
final class SendQueue {
    /** Rather than cut a job into a crumb at the end of a message, leave it for the next one. */
    private static final int CRUMB_BYTES = 1024;

    private static final byte[] NOTHING = {};

    private final int controlMax;
    private final ArrayDeque<Frame> control = new ArrayDeque<>();
    private final LinkedHashSet<StreamState> updates = new LinkedHashSet<>();
    private final ArrayDeque<StreamState> ready = new ArrayDeque<>();

    SendQueue(int controlMax) {
        this.controlMax = controlMax;
    }

    boolean isPresent() {
        return !control.isEmpty() || !updates.isEmpty() || !ready.isEmpty();
    }

    /** How much {@link #stage} would write now if it had the room; counts no further than to {@code enough}. */
    int bytes(int enough) {
        long bytes = (long) YamuxMessages.HEADER_BYTES * (control.size() + updates.size());
        for (StreamState stream : ready) {
            if (bytes >= enough) {
                break;
            }
            int frames = stream.pendingFin ? 2 : 1;
            bytes += stream.isSendable() ? frames * YamuxMessages.HEADER_BYTES + stream.sendableBytes() : 0;
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE);
    }

    /** A frame that is of no stream, or the last of one. */
    void addControl(Frame frame) throws ProtocolException {
        if (control.size() >= controlMax) {
            throw new ProtocolException("the remote makes us answer more than it reads: " + control.size()
                    + " yamux control frames wait for it");
        }
        control.add(frame);
    }

    /** The stream has a grant or a FIN to send. */
    void addUpdate(StreamState stream) {
        updates.add(stream);
    }

    void removeUpdate(StreamState stream) {
        updates.remove(stream);
    }

    /** The stream may have data to send: looked at now, and again when its turn comes. */
    void addData(StreamState stream) {
        if (stream.isSendable() && !stream.inReadyQueue) {
            stream.inReadyQueue = true;
            ready.add(stream);
        }
    }

    void clear() {
        control.clear();
        updates.clear();
        ready.clear();
    }

    /**
     * Writes the next frames: first answers and grants, then data of each stream in turn, as much as fits, then the ends of those that are
     * done. An end has a frame of its own: stock peers believe it before they have read the data of the same frame.
     *
     * @param sent told each stream of which data was written
     * @return how many bytes were written to {@code into}
     */
    int stage(byte[] into, Consumer<StreamState> sent) {
        int at = 0;
        while (!control.isEmpty() && into.length - at >= YamuxMessages.HEADER_BYTES) {
            at = YamuxMessages.encode(control.remove(), into, at);
        }
        at = stageUpdates(into, at);
        at = stageData(into, at, sent);
        return stageUpdates(into, at);
    }

    private int stageUpdates(byte[] into, int start) {
        int at = start;
        while (!updates.isEmpty() && into.length - at >= YamuxMessages.HEADER_BYTES) {
            at = stageUpdate(updates.removeFirst(), into, at);
        }
        return at;
    }

    private int stageUpdate(StreamState stream, byte[] into, int at) {
        int flags = stream.takeOpeningFlags();
        if (stream.pendingFin && stream.isAllSent()) { // FIN goes behind the data
            stream.pendingFin = false;
            flags |= FIN;
        }
        long delta = stream.pendingGrant;
        stream.pendingGrant = 0;
        return YamuxMessages.encode(new Frame.WindowUpdate(stream.id, flags, delta), into, at);
    }

    private int stageData(byte[] into, int start, Consumer<StreamState> sent) {
        int at = start;
        while (!ready.isEmpty()) {
            StreamState stream = ready.getFirst();
            if (!stream.isSendable()) {
                stream.inReadyQueue = false;
                ready.removeFirst();
                continue;
            }
            int prefix = stream.prefix.length; // fits any window: it comes first
            int sendable = stream.sendableBytes();
            int room = into.length - at - YamuxMessages.HEADER_BYTES;
            if (room < Math.min(sendable, Math.max(prefix, CRUMB_BYTES))) {
                break;
            }
            at = stagePart(stream, Math.min(sendable, room), into, at);
            ready.removeFirst();
            stream.inReadyQueue = false;
            sent.accept(stream);
            addData(stream); // with the rest, behind the others
        }
        return at;
    }

    private static int stagePart(StreamState stream, int count, byte[] into, int at) {
        int prefix = stream.prefix.length;
        int end = YamuxMessages.encode(new Frame.Data(stream.id, stream.takeOpeningFlags(), count), into, at);
        System.arraycopy(stream.prefix, 0, into, end, prefix);
        stream.prefix = NOTHING;
        stream.isPrefixDue = false;
        if (stream.job != null) {
            stream.job.take(into, end + prefix, count - prefix);
        }
        stream.sendWindow -= count;
        return end + count;
    }
}
