package corolla.client.session;

import corolla.base.time.Deadline;
import corolla.client.routing.Pinger;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.protocol.ServiceNames;
import java.io.IOException;
import java.time.Duration;

/** What a client asks of servers. Thread-safe. */
public interface ServerCalls {

    /** Opens an {@code rpc_inference} call; the caller closes it. */
    RpcCall openInference(PeerId server, Deadline deadline) throws IOException, InterruptedException;

    /** A whole {@code rpc_forward} call. */
    byte[] forward(PeerId server, byte[] request, Deadline deadline) throws IOException, InterruptedException;

    /** Opens an {@code rpc_forward_stream} call; the caller closes it. */
    RpcCall openForward(PeerId server, Deadline deadline) throws IOException, InterruptedException;

    /** Asks for a sign of life; see {@link Pinger#ping}. */
    Duration ping(PeerId server, Deadline deadline) throws IOException, InterruptedException;

    /** A whole {@code rpc_backward} call. */
    byte[] backward(PeerId server, byte[] request, Deadline deadline) throws IOException, InterruptedException;

    /** Opens an {@code rpc_backward_stream} call; the caller closes it. */
    RpcCall openBackward(PeerId server, Deadline deadline) throws IOException, InterruptedException;

    /** The real ones; a server that could not be reached a moment ago is dialed again: callers pace themselves. */
    static ServerCalls over(Rpc rpc, Pinger pinger) {
        return new ServerCalls() {
            private RpcCall open(PeerId server, String name, Deadline deadline)
                    throws IOException, InterruptedException {
                rpc.retry(server);
                return rpc.openStream(server, name, deadline);
            }

            @Override
            public RpcCall openInference(PeerId server, Deadline deadline) throws IOException, InterruptedException {
                return open(server, ServiceNames.INFERENCE, deadline);
            }

            @Override
            public byte[] forward(PeerId server, byte[] request, Deadline deadline)
                    throws IOException, InterruptedException {
                rpc.retry(server);
                return rpc.callUnary(server, ServiceNames.FORWARD, request, deadline);
            }

            @Override
            public RpcCall openForward(PeerId server, Deadline deadline) throws IOException, InterruptedException {
                return open(server, ServiceNames.FORWARD_STREAM, deadline);
            }

            @Override
            public Duration ping(PeerId server, Deadline deadline) throws IOException, InterruptedException {
                return pinger.ping(server, deadline);
            }

            @Override
            public byte[] backward(PeerId server, byte[] request, Deadline deadline)
                    throws IOException, InterruptedException {
                rpc.retry(server);
                return rpc.callUnary(server, ServiceNames.BACKWARD, request, deadline);
            }

            @Override
            public RpcCall openBackward(PeerId server, Deadline deadline) throws IOException, InterruptedException {
                return open(server, ServiceNames.BACKWARD_STREAM, deadline);
            }
        };
    }
}
