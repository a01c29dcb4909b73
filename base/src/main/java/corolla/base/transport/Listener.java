package corolla.base.transport;

import java.io.IOException;

/** Accepts byte streams. One accepting thread; {@link #close} from any thread ends it with an {@code IOException}. */
public interface Listener extends AutoCloseable {

    ByteStream accept() throws IOException, InterruptedException;

    /** The address in use, with the port that was picked. */
    Endpoint endpoint();

    @Override
    void close();
}
