package corolla.swarm;

import java.util.Optional;

/** What a server says about itself, less available before more. */
public enum ServerState {
    /** Stops, or is about to move to other blocks. */
    OFFLINE(0),
    /** Claims its blocks and loads them. */
    JOINING(1),
    /** Serves. */
    ONLINE(2);

    private static final ServerState[] VALUES = values();

    private final int code;

    ServerState(int code) {
        this.code = code;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    public static Optional<ServerState> ofCode(long code) {
        return code >= 0 && code < VALUES.length ? Optional.of(VALUES[(int) code]) : Optional.empty();
    }

    public boolean isAtLeast(ServerState minimum) {
        return compareTo(minimum) >= 0;
    }
}
