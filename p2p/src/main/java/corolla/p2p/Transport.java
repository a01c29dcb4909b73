package corolla.p2p;

import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.base.transport.ByteStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A way to reach some kind of address with a raw byte stream: TCP, or a circuit through a relay. Thread-safe. */
public interface Transport {

    /** Whether {@link #dial} knows this kind of address. */
    boolean dials(Multiaddr address);

    /**
     * Connects. The host then proves identities and encrypts, as on any connection.
     *
     * @param address one that {@link #dials} knows, without {@code /p2p/ID} at the end unless it is part of the way
     * @param peer who is wanted there; null when anyone will do
     */
    ByteStream dial(Multiaddr address, @Nullable PeerId peer, Deadline deadline)
            throws IOException, InterruptedException;
}
