package corolla.p2p.yamux;

import static corolla.p2p.yamux.YamuxMessages.ACK;
import static corolla.p2p.yamux.YamuxMessages.FIN;
import static corolla.p2p.yamux.YamuxMessages.RST;
import static corolla.p2p.yamux.YamuxMessages.SYN;

import corolla.base.ProtocolException;
import corolla.p2p.P2pLimits;
import corolla.p2p.yamux.YamuxMessages.Frame;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All decisions of one yamux session: which streams there are, what each frame means, what may be sent next. No I/O, no clock
 * ({@code now} is {@code Clock.nanoTime}), no threads: guarded by the connection's lock. What there is to send waits in here until
 * {@link #stage} writes it out, so a remote that does not read cannot make it grow beyond the limits.
 */
final class YamuxState {
    /** Rather than cut a job into a crumb at the end of a message, leave it for the next one. */
    private static final int CRUMB_BYTES = 1024;

    /** A round trip shorter than this says more about thread switches than about the link. */
    private static final long ROUND_TRIP_NANOS_MIN = 1_000_000;

    private static final byte[] NOTHING = {};
    private static final String CLOSED_EARLY = "closed here while the remote was still sending";

    private final boolean client;
    private final P2pLimits limits;
    private final MemoryBudget budget;
    private final Map<Integer, StreamState> streams = new LinkedHashMap<>();
    private final ArrayDeque<Frame> control = new ArrayDeque<>();
    private final LinkedHashSet<StreamState> touched = new LinkedHashSet<>();
    private final ArrayDeque<StreamState> ready = new ArrayDeque<>();
    private final LinkedHashSet<StreamState> discarding = new LinkedHashSet<>();
    private int nextId;
    private int inboundCount;
    private int outboundCount;
    private int unacceptedCount;
    private long windowBytes;
    private long unreadBytes;
    private boolean remoteGoneAway;
    private int pingValue;
    private boolean pingOutstanding;
    private long pingSentNanos;
    private long roundTripNanos = ROUND_TRIP_NANOS_MIN;

    YamuxState(boolean client, P2pLimits limits, MemoryBudget budget) {
        this.client = client;
        this.limits = limits;
        this.budget = budget;
        this.nextId = client ? 1 : 2;
    }

    // ---- streams of ours

    /** Why no stream can ever be opened here again; null when one can, at least later. */
    @Nullable
    String exhausted() {
        if (remoteGoneAway) {
            return "the remote said go away";
        }
        return nextId < 0 ? "all stream ids are used up" : null;
    }

    boolean mayOpen() {
        return exhausted() == null
                && outboundCount < limits.streamsOutboundMax()
                && unacceptedCount < limits.streamsUnackedMax();
    }

    StreamState open(long now) {
        if (!mayOpen()) {
            throw new IllegalStateException("no stream can be opened now");
        }
        StreamState stream = new StreamState(nextId, false, now);
        nextId += 2;
        add(stream);
        return stream;
    }

    private void add(StreamState stream) {
        streams.put(stream.id, stream);
        windowBytes += stream.windowSize;
        if (stream.inbound) {
            inboundCount++;
        } else {
            outboundCount++;
            unacceptedCount++;
        }
    }

    private void forget(StreamState stream) {
        if (!streams.remove(stream.id, stream)) {
            return;
        }
        windowBytes -= stream.windowSize;
        if (stream.inbound) {
            inboundCount--;
        } else {
            outboundCount--;
            accept(stream);
        }
        discarding.remove(stream);
    }

    private void accept(StreamState stream) {
        if (!stream.accepted) {
            stream.accepted = true;
            unacceptedCount--;
        }
    }

    // ---- frames of the remote

    /**
     * What a header did.
     *
     * @param stream whose payload follows, or what changed; null when nobody is concerned
     * @param payload bytes that follow the header
     * @param isNew the remote has just opened the stream
     * @param endsAfterPayload FIN: call {@link #onRemoteEnd} once the payload is delivered
     */
    record Effect(@Nullable StreamState stream, long payload, boolean isNew, boolean endsAfterPayload) {
        static final Effect NONE = new Effect(null, 0, false, false);
    }

    Effect onFrame(Frame frame, long now) throws ProtocolException {
        return switch (frame) {
            case Frame.Data data -> onData(data, now);
            case Frame.WindowUpdate update -> onWindowUpdate(update, now);
            case Frame.Ping ping -> onPing(ping, now);
            case Frame.GoAway away -> onGoAway(away);
        };
    }

    private Effect onData(Frame.Data data, long now) throws ProtocolException {
        if (data.length() > limits.windowBytesMax()) {
            throw new ProtocolException("yamux frame of " + data.length() + " bytes exceeds any window, the largest is "
                    + limits.windowBytesMax());
        }
        boolean isNew = (data.flags() & SYN) != 0;
        StreamState stream = isNew ? onSyn(data.stream(), now) : streams.get(data.stream());
        if (stream == null) {
            return new Effect(null, data.length(), false, false);
        }
        if (data.length() > stream.receiveWindow) {
            throw new ProtocolException("yamux frame of " + data.length() + " bytes exceeds the window of "
                    + stream.receiveWindow + " on stream " + Integer.toUnsignedString(stream.id));
        }
        stream.receiveWindow -= data.length();
        onFlags(stream, data.flags());
        return new Effect(stream, data.length(), isNew, (data.flags() & FIN) != 0);
    }

    private Effect onWindowUpdate(Frame.WindowUpdate update, long now) throws ProtocolException {
        boolean isNew = (update.flags() & SYN) != 0;
        StreamState stream = isNew ? onSyn(update.stream(), now) : streams.get(update.stream());
        if (stream == null) {
            return Effect.NONE;
        }
        // A window beyond 32 bits is nobody's; capping it loses nothing.
        stream.sendWindow = Math.min(stream.sendWindow + update.delta(), 0xffff_ffffL);
        onFlags(stream, update.flags());
        enqueue(stream);
        return new Effect(stream, 0, isNew, (update.flags() & FIN) != 0);
    }

    private void onFlags(StreamState stream, int flags) {
        if ((flags & ACK) != 0) {
            accept(stream);
        }
        if ((flags & RST) != 0) {
            end(stream, "reset by the remote");
        }
    }

    /** @return null when the stream is refused: one too many */
    private @Nullable StreamState onSyn(int id, long now) throws ProtocolException {
        boolean remoteParity = id != 0 && (id & 1) == (client ? 0 : 1);
        if (!remoteParity || streams.containsKey(id)) {
            throw new ProtocolException(
                    "yamux stream " + Integer.toUnsignedString(id) + " cannot be opened by the remote: "
                            + (remoteParity ? "it is open already" : "the id is not of its parity"));
        }
        if (inboundCount >= limits.streamsInboundMax()) {
            enqueueControl(new Frame.WindowUpdate(id, RST, 0));
            return null;
        }
        StreamState stream = new StreamState(id, true, now);
        add(stream);
        return stream;
    }

    private Effect onPing(Frame.Ping ping, long now) throws ProtocolException {
        if (!ping.isAnswer()) {
            enqueueControl(new Frame.Ping(true, ping.value()));
        } else if (pingOutstanding && ping.value() == pingValue) {
            pingOutstanding = false;
            roundTripNanos = Math.max(ROUND_TRIP_NANOS_MIN, now - pingSentNanos);
        }
        return Effect.NONE;
    }

    private Effect onGoAway(Frame.GoAway away) throws ProtocolException {
        remoteGoneAway = true;
        if (away.reason() != YamuxMessages.REASON_NORMAL) {
            throw new ProtocolException("the remote ended the yamux session with reason " + away.reason()
                    + " (1 is a protocol error of ours, 2 an internal error of its own)");
        }
        return Effect.NONE;
    }

    /**
     * Payload has arrived for a stream.
     *
     * @return false when it is to be dropped: nobody reads the stream any more, or it would be more than we keep
     */
    boolean onPayload(StreamState stream, int bytes) throws ProtocolException {
        if (stream.isReset()) {
            return false;
        }
        if (stream.remoteEnded) {
            throw new ProtocolException(
                    "yamux data on stream " + Integer.toUnsignedString(stream.id) + " after its end");
        }
        if (stream.discarding) {
            reset(stream, CLOSED_EARLY);
            return false;
        }
        if (unreadBytes + bytes > limits.unreadBytesPerConnectionMax() || !budget.reserve(bytes)) {
            reset(stream, "reset here: more unread bytes than this host keeps");
            return false;
        }
        stream.unread += bytes;
        unreadBytes += bytes;
        return true;
    }

    /** The remote's FIN takes effect. */
    void onRemoteEnd(StreamState stream) {
        stream.remoteEnded = true;
        forgetIfEnded(stream);
    }

    // ---- wishes of our side

    /** The application has read bytes: grants window once half of it is used, and more window to a fast sender. */
    void onRead(StreamState stream, int bytes, long now) {
        stream.unread -= bytes;
        releaseUnread(bytes);
        stream.consumed += bytes;
        if (stream.remoteEnded || stream.isReset() || 2 * stream.consumed < stream.windowSize) {
            return;
        }
        long grant = stream.consumed + growth(stream, now);
        stream.pendingGrant += grant;
        stream.receiveWindow += grant;
        stream.consumed = 0;
        stream.lastGrantNanos = now;
        touched.add(stream);
    }

    /** Half a window within a few round trips: the window, not the link, is what limits the sender. So double it. */
    private int growth(StreamState stream, long now) {
        boolean isFast = now - stream.lastGrantNanos < 4 * roundTripNanos;
        int more = Math.min(stream.windowSize, limits.windowBytesMax() - stream.windowSize);
        if (!isFast || more <= 0 || windowBytes + more > limits.unreadBytesPerConnectionMax()) {
            return 0;
        }
        stream.windowSize += more;
        windowBytes += more;
        return more;
    }

    /** Bytes to send; one job a stream at a time. */
    void offer(StreamState stream, WriteJob job) {
        if (stream.job != null) {
            throw new IllegalStateException("stream " + stream.id + " is written by two threads at once");
        }
        stream.job = job;
        enqueue(stream);
    }

    /** Gives a job up; what was staged of it stays sent. */
    void withdraw(StreamState stream) {
        stream.job = null;
        onJobOver(stream);
    }

    /** Bytes of ours that go ahead of the first data, in the same frame. */
    void setPrefix(StreamState stream, byte[] prefix) {
        stream.prefix = prefix;
    }

    /** The prefix leaves now, data or not. */
    void sendPrefix(StreamState stream) {
        if (stream.prefix.length > 0) {
            stream.isPrefixDue = true;
            enqueue(stream);
        }
    }

    private void onJobOver(StreamState stream) {
        if (stream.pendingFin && stream.isAllSent()) {
            touched.add(stream);
            forgetIfEnded(stream);
        }
    }

    private void enqueue(StreamState stream) {
        if (stream.isSendable() && !stream.inReadyQueue) {
            stream.inReadyQueue = true;
            ready.add(stream);
        }
    }

    /** We write no more: FIN follows what was written. */
    void endWrite(StreamState stream) {
        if (stream.localEnded || stream.isReset()) {
            return;
        }
        stream.localEnded = true;
        stream.pendingFin = true;
        sendPrefix(stream);
        onJobOver(stream);
    }

    /**
     * We write no more and nobody reads any more. A remote that is still sending is told with a reset, since its window would stay
     * used up for ever; one that is silent may end its direction in peace.
     */
    void close(StreamState stream, long now) throws ProtocolException {
        if (stream.isSynPending() && stream.job == null && !stream.localEnded) {
            end(stream, "closed before its first use"); // the remote has never heard of it
            return;
        }
        endWrite(stream);
        boolean isRemoteSending = stream.unread > 0 && !stream.remoteEnded;
        dropUnread(stream);
        if (isRemoteSending) {
            reset(stream, CLOSED_EARLY);
        } else if (!stream.discarding && !stream.remoteEnded && !stream.isReset()) {
            stream.discarding = true;
            stream.discardingSinceNanos = now;
            discarding.add(stream);
        }
    }

    /** Ends the stream in both directions and tells the remote; what is unread is dropped. */
    void reset(StreamState stream, String reason) throws ProtocolException {
        dropUnread(stream);
        if (stream.isReset() || !streams.containsKey(stream.id)) {
            return;
        }
        boolean isUnknownToRemote = stream.isSynPending();
        // A FIN in the same frame lets the remote keep what it has not read yet.
        int fin = stream.pendingFin && stream.isAllSent() ? FIN : 0;
        end(stream, reason);
        if (!isUnknownToRemote) {
            enqueueControl(new Frame.WindowUpdate(stream.id, RST | fin | stream.takeOpeningFlags(), 0));
        }
    }

    /** When the stream was closed here that waits longest for the remote's end. */
    Optional<Long> eldestClosedNanos() {
        return discarding.isEmpty() ? Optional.empty() : Optional.of(discarding.getFirst().discardingSinceNanos);
    }

    /** Streams that were closed here long ago and that the remote never ended are reset. */
    void sweep(long now) throws ProtocolException {
        for (StreamState stream : List.copyOf(discarding)) {
            if (now - stream.discardingSinceNanos < limits.closeLingerTime().toNanos()) {
                return; // the set is in the order of closing
            }
            reset(stream, "the remote did not end it in time after it was closed here");
        }
    }

    /** The connection is lost: every stream ends. @return those that were open */
    List<StreamState> endAll(String reason) {
        List<StreamState> open = new ArrayList<>(streams.values());
        for (StreamState stream : open) {
            end(stream, reason);
        }
        control.clear();
        touched.clear();
        ready.clear();
        return open;
    }

    private void end(StreamState stream, String reason) {
        stream.resetReason = reason;
        stream.pendingFin = false;
        touched.remove(stream);
        forget(stream);
    }

    private void dropUnread(StreamState stream) {
        releaseUnread(stream.unread);
        stream.unread = 0;
    }

    private void releaseUnread(long bytes) {
        unreadBytes -= bytes;
        budget.release(bytes);
    }

    private void forgetIfEnded(StreamState stream) {
        if (stream.localEnded && stream.remoteEnded && stream.isAllSent()) {
            forget(stream);
        }
    }

    private void enqueueControl(Frame frame) throws ProtocolException {
        if (control.size() >= limits.controlFramesMax()) {
            throw new ProtocolException("the remote makes us answer more than it reads: " + control.size()
                    + " yamux control frames wait for it");
        }
        control.add(frame);
    }

    // ---- signs of life

    /** Sends a ping unless one is on its way. */
    void ping(long now) throws ProtocolException {
        if (!pingOutstanding) {
            pingOutstanding = true;
            pingValue++;
            pingSentNanos = now;
            enqueueControl(new Frame.Ping(false, pingValue));
        }
    }

    boolean isPingOutstanding() {
        return pingOutstanding;
    }

    long pingSentNanos() {
        return pingSentNanos;
    }

    long roundTripNanos() {
        return roundTripNanos;
    }

    // ---- what to send next

    boolean hasOutput() {
        return !control.isEmpty() || !touched.isEmpty() || !ready.isEmpty();
    }

    /**
     * Writes the next frames: first answers and grants, then data of each stream in turn, as much as fits. Finished jobs are
     * taken off their streams, which are added to {@code finished}.
     *
     * @return how many bytes were written to {@code into}
     */
    int stage(byte[] into, List<StreamState> finished) {
        int at = 0;
        while (!control.isEmpty() && into.length - at >= YamuxMessages.HEADER_BYTES) {
            at = YamuxMessages.encode(control.remove(), into, at);
        }
        while (!touched.isEmpty() && into.length - at >= YamuxMessages.HEADER_BYTES) {
            at = stageUpdate(touched.removeFirst(), into, at);
        }
        return stageData(into, at, finished);
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

    private int stageData(byte[] into, int start, List<StreamState> finished) {
        int at = start;
        while (!ready.isEmpty()) {
            StreamState stream = ready.getFirst();
            if (!stream.isSendable()) {
                stream.inReadyQueue = false;
                ready.removeFirst();
                continue;
            }
            int prefix = stream.prefix.length; // fits any window: it comes first
            int wanted = prefix + (stream.job == null ? 0 : stream.job.remaining());
            int sendable = (int) Math.min(wanted, stream.sendWindow);
            int room = into.length - at - YamuxMessages.HEADER_BYTES;
            if (room < Math.min(sendable, Math.max(prefix, CRUMB_BYTES))) {
                break;
            }
            at = stagePart(stream, Math.min(sendable, room), into, at);
            ready.removeFirst();
            stream.inReadyQueue = false;
            if (stream.job != null && stream.job.remaining() == 0) {
                stream.job = null;
                finished.add(stream);
            }
            onJobOver(stream);
            enqueue(stream); // with the rest, behind the others
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

    int openStreams() {
        return streams.size();
    }

    int openInbound() {
        return inboundCount;
    }
}
