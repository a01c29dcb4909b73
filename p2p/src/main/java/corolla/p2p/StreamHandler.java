package corolla.p2p;

import java.io.IOException;

/** Serves one protocol. Called on a virtual thread of its own for each inbound stream. */
@FunctionalInterface
public interface StreamHandler {

    /**
     * Serves one stream. When this returns, the host closes the stream; when it throws, the host resets it and logs one line
     * at DEBUG.
     */
    void handle(Stream stream) throws IOException, InterruptedException;
}
