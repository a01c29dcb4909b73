package corolla.base.transport;

import corolla.base.time.Deadline;
import java.io.IOException;

/** The only door to the network. Thread-safe. */
public interface ByteTransport {

    ByteStream dial(Endpoint to, Deadline deadline) throws IOException, InterruptedException;

    /** Listens; port 0 picks a free one, which {@link Listener#endpoint()} tells. */
    Listener listen(Endpoint at) throws IOException;
}
