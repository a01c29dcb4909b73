package corolla.p2p.yamux;

import static corolla.p2p.yamux.YamuxMessages.ACK;
import static corolla.p2p.yamux.YamuxMessages.FIN;
import static corolla.p2p.yamux.YamuxMessages.RST;
import static corolla.p2p.yamux.YamuxMessages.SYN;

import corolla.base.ProtocolException;
import corolla.p2p.P2pLimits;
import corolla.p2p.yamux.YamuxMessages.Frame;
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
    private static final String CLOSED_EARLY = "closed here while the remote was still sending";

    private final boolean client;
    private final P2pLimits limits;
    private final MemoryBudget budget;
    private final Map<Integer, StreamState> streams = new LinkedHashMap<>();
    private final SendQueue output;
    private final PingState pings = new PingState();
    private final LinkedHashSet<StreamState> discarding = new LinkedHashSet<>();
    private int nextId;
    private int inboundCount;
    private int outboundCount;
    private int unacceptedCount;
    private long windowBytes;
    private long unreadBytes;
    private boolean remoteGoneAway;

    YamuxState(boolean client, P2pLimits limits, MemoryBudget budget) {
        this.client = client;
        this.limits = limits;
        this.budget = budget;
        this.output = new SendQueue(limits.controlFramesMax());
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
        output.addData(stream);
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
            output.addControl(new Frame.WindowUpdate(id, RST, 0));
            return null;
        }
        StreamState stream = new StreamState(id, true, now);
        add(stream);
        return stream;
    }

    private Effect onPing(Frame.Ping ping, long now) throws ProtocolException {
        if (!ping.isAnswer()) {
            output.addControl(new Frame.Ping(true, ping.value()));
        } else {
            pings.onAnswer(ping.value(), now);
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
        output.addUpdate(stream);
    }

    /** Half a window within a few round trips: the window, not the link, is what limits the sender. So double it. */
    private int growth(StreamState stream, long now) {
        boolean isFast = now - stream.lastGrantNanos < 4 * pings.roundTripNanos();
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
        if (job.isLast()) {
            stream.localEnded = true;
            stream.pendingFin = true;
        }
        output.addData(stream);
    }

    /** Gives a job up; what was staged of it stays sent, and is not made a whole by an end. */
    void withdraw(StreamState stream) {
        if (stream.job != null && stream.job.isLast()) {
            stream.pendingFin = false;
        }
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
            output.addData(stream);
        }
    }

    private void onJobOver(StreamState stream) {
        if (stream.pendingFin && stream.isAllSent()) {
            output.addUpdate(stream);
            forgetIfEnded(stream);
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
            output.addControl(new Frame.WindowUpdate(stream.id, RST | fin | stream.takeOpeningFlags(), 0));
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
        output.clear();
        return open;
    }

    private void end(StreamState stream, String reason) {
        stream.resetReason = reason;
        stream.pendingFin = false;
        output.removeUpdate(stream);
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

    // ---- signs of life

    /** Sends a ping unless one is on its way. */
    void ping(long now) throws ProtocolException {
        if (!pings.isOutstanding()) {
            output.addControl(pings.send(now));
        }
    }

    boolean isPingOutstanding() {
        return pings.isOutstanding();
    }

    long pingSentNanos() {
        return pings.sentNanos();
    }

    long roundTripNanos() {
        return pings.roundTripNanos();
    }

    // ---- what to send next

    boolean hasOutput() {
        return output.isPresent();
    }

    /** See {@link SendQueue#bytes}. */
    int outputBytes(int enough) {
        return output.bytes(enough);
    }

    /**
     * Writes the next frames, as {@link SendQueue#stage} says; streams whose jobs are done are added to {@code finished}.
     *
     * @return how many bytes were written to {@code into}
     */
    int stage(byte[] into, List<StreamState> finished) {
        return output.stage(into, stream -> {
            if (stream.job != null && stream.job.remaining() == 0) {
                stream.job = null;
                finished.add(stream);
            }
            onJobOver(stream);
        });
    }

    int openStreams() {
        return streams.size();
    }

    int openInbound() {
        return inboundCount;
    }
}
