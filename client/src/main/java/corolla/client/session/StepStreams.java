package corolla.client.session;

import corolla.base.time.Deadline;
import corolla.p2p.PeerId;
import java.io.IOException;

/** Opens {@code rpc_inference} calls. */
@FunctionalInterface
public interface StepStreams {
    StepStream open(PeerId server, Deadline deadline) throws IOException, InterruptedException;
}
