package corolla.client.routing;

import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import java.io.IOException;
import java.time.Duration;

/** Measures a round trip. */
@FunctionalInterface
public interface Pinger {
    /**
     * The time to {@code peer} and back.
     *
     * @throws IOException when there is no answer
     */
    Duration ping(PeerId peer, Deadline deadline) throws IOException, InterruptedException;
}
