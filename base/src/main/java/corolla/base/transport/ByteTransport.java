package corolla.base.transport;

import corolla.base.time.Deadline;
import java.io.IOException;
import java.util.List;

/** The only door to the network. Thread-safe. */
public interface ByteTransport {

    ByteStream dial(Endpoint to, Deadline deadline) throws IOException, InterruptedException;

    /**
     * The numeric addresses that a name stands for now; a numeric address stands for itself.
     *
     * @throws IOException when the name is unknown
     * @throws corolla.base.time.DeadlineException when {@code deadline} is over first
     */
    List<String> resolve(String host, Deadline deadline) throws IOException, InterruptedException;

    /**
     * The numeric addresses of this host's interfaces that are up, loopback last; link-local ones, which mean nothing without a
     * zone, are left out. What a listener at a wildcard address can be reached by.
     */
    default List<String> localAddresses() throws IOException {
        return List.of("127.0.0.1");
    }

    /** Listens; port 0 picks a free one, which {@link Listener#endpoint()} tells. */
    Listener listen(Endpoint at) throws IOException;
}
