package corolla.p2p.rpc;

import corolla.p2p.PeerId;
import java.io.IOException;

/** The remote's handler failed and said why. */
public final class RemoteException extends IOException {
    private static final long serialVersionUID = 1;

    private final String text;

    /** @param text what the remote said: {@code TypeName('message')} for unary calls, the bare message for streaming ones */
    public RemoteException(String name, PeerId peer, String text) {
        super(name + " at " + peer.shortForm() + " failed: " + text);
        this.text = text;
    }

    /** What the remote said, cut to a sensible length; untrusted. */
    public String text() {
        return text;
    }
}
