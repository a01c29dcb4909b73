package corolla.p2p;

import java.io.IOException;

/** The remote answered {@code na}: it does not serve the protocol. */
public final class ProtocolNotSupportedException extends IOException {
    private static final long serialVersionUID = 1;

    private final String protocol;

    /**
     * The refusal of one protocol.
     *
     * @param whom peer or address that refused, for the message
     */
    public ProtocolNotSupportedException(String protocol, String whom) {
        super("protocol '" + protocol + "' is not supported by " + whom);
        this.protocol = protocol;
    }

    public String protocol() {
        return protocol;
    }
}
