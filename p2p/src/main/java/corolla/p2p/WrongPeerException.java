package corolla.p2p;

import java.io.IOException;

/** Somebody else has answered at an address than the peer that was dialed. */
public final class WrongPeerException extends IOException {
    private static final long serialVersionUID = 1;

    public WrongPeerException(String message) {
        super(message);
    }
}
