package corolla.swarm;

import java.util.Optional;

/** What a server says about itself; in the order of "more available". */
public enum ServerState {
    /** Stops, or is about to move to other blocks. */
    OFFLINE,
    /** Claims its blocks and loads them. */
    JOINING,
    /** Serves. */
    ONLINE;

    private static final ServerState[] VALUES = values();

    /** The number on the wire. */
    public int code() {
        return ordinal();
    }

    public static Optional<ServerState> ofCode(long code) {
        return code >= 0 && code < VALUES.length ? Optional.of(VALUES[(int) code]) : Optional.empty();
    }

    public boolean isAtLeast(ServerState minimum) {
        return compareTo(minimum) >= 0;
    }
}
