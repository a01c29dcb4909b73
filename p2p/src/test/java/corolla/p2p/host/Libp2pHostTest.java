package corolla.p2p.host;

import corolla.base.RealEnvironment;
import org.junit.jupiter.api.Timeout;

/** The contract on real sockets. */
@Timeout(60)
class Libp2pHostTest extends HostContract {
    private static final String LOOPBACK = "/ip4/127.0.0.1/tcp/0";

    @Override
    void inWorld(Story story) throws Exception {
        try (RealEnvironment real = RealEnvironment.create(1)) {
            story.tell(new World(real.environment(), LOOPBACK, real.environment(), LOOPBACK));
        }
    }
}
