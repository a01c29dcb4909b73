package corolla.client.routing;

import corolla.base.time.Deadline;
import corolla.swarm.SwarmView;
import java.io.IOException;

/** Where the view of a swarm comes from: {@link corolla.swarm.directory.Directory}, or a test. */
@FunctionalInterface
public interface ViewSource {
    SwarmView read(Deadline deadline) throws IOException, InterruptedException;
}
