package corolla.p2p.yamux;

import org.jspecify.annotations.Nullable;

/** What is known of one stream; {@link YamuxState} changes it. Guarded by the connection's lock. */
final class StreamState {
    final int id;
    final boolean inbound;

    /** SYN or ACK, until the first frame has carried it. */
    int openingFlags;

    /** For our own streams: the remote has accepted it. */
    boolean accepted;

    /** What we may still send. */
    long sendWindow = YamuxMessages.WINDOW_BYTES;

    /** What the remote may still send. */
    long receiveWindow = YamuxMessages.WINDOW_BYTES;

    /** The receive window when it is full. */
    int windowSize = YamuxMessages.WINDOW_BYTES;

    /** Read here since the last grant. */
    long consumed;

    /** Received, not read yet. */
    long unread;

    long lastGrantNanos;
    long pendingGrant;
    boolean pendingFin;

    /** We write no more. */
    boolean localEnded;

    /** The remote writes no more. */
    boolean remoteEnded;

    /** Nobody reads here any more: what still comes is dropped. */
    boolean discarding;

    long discardingSinceNanos;

    /** Why the stream ended before its time; null when it has not. */
    @Nullable
    String resetReason;

    /** The threads' side of this stream; the state never looks at it. */
    @Nullable
    YamuxStream shell;

    @Nullable
    WriteJob job;

    /** Goes out with the first data, or when it is {@link #isPrefixDue}: what multistream-select has to say. */
    byte[] prefix = {};

    /** The prefix must not wait for data any longer. */
    boolean isPrefixDue;

    boolean inReadyQueue;

    StreamState(int id, boolean inbound, long now) {
        this.id = id;
        this.inbound = inbound;
        this.openingFlags = inbound ? YamuxMessages.ACK : YamuxMessages.SYN;
        this.accepted = inbound;
        this.lastGrantNanos = now;
    }

    boolean isReset() {
        return resetReason != null;
    }

    boolean isSendable() {
        return (job != null || isPrefixDue) && sendWindow > 0 && !isReset();
    }

    /** What of the prefix and the job fits the window. */
    int sendableBytes() {
        int wanted = prefix.length + (job == null ? 0 : job.remaining());
        return (int) Math.min(wanted, sendWindow);
    }

    /** Nothing that was written waits to be sent. */
    boolean isAllSent() {
        return job == null && prefix.length == 0;
    }

    boolean isSynPending() {
        return !inbound && openingFlags != 0;
    }

    int takeOpeningFlags() {
        int flags = openingFlags;
        openingFlags = 0;
        return flags;
    }
}
