package corolla.p2p.yamux;

import corolla.p2p.yamux.YamuxMessages.Frame;

/** Our pings: one at a time, and how long the last one took. Guarded by the connection's lock. */
final class PingState {
    /** A round trip shorter than this says more about thread switches than about the link. */
    private static final long ROUND_TRIP_NANOS_MIN = 1_000_000;

    private int value;
    private boolean isOutstanding;
    private long sentNanos;
    private long roundTripNanos = ROUND_TRIP_NANOS_MIN;

    Frame.Ping send(long now) {
        value++;
        isOutstanding = true;
        sentNanos = now;
        return new Frame.Ping(false, value);
    }

    void onAnswer(int answered, long now) {
        if (isOutstanding && answered == value) {
            isOutstanding = false;
            roundTripNanos = Math.max(ROUND_TRIP_NANOS_MIN, now - sentNanos);
        }
    }

    boolean isOutstanding() {
        return isOutstanding;
    }

    long sentNanos() {
        return sentNanos;
    }

    long roundTripNanos() {
        return roundTripNanos;
    }
}
