package corolla.server.handler;

import corolla.base.ProtocolException;
import corolla.base.task.Gate;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Both directions of a streaming call, in memory. Thread-safe. */
final class FakeStream {
    private final Clock clock;
    private final Gate gate;
    private final ArrayDeque<Optional<byte[]>> requests = new ArrayDeque<>();
    private final List<byte[]> responses = new ArrayList<>();
    private boolean reads = true;
    private boolean isAsked; // somebody waits for a request

    FakeStream(Clock clock) {
        this.clock = clock;
        this.gate = new Gate(clock);
    }

    FakeStream send(ExpertRequest request) {
        return send(ExpertMessages.write(request));
    }

    FakeStream send(byte[] request) {
        return add(Optional.of(request));
    }

    private FakeStream add(Optional<byte[]> request) {
        gate.lock();
        requests.add(request);
        gate.signalAll();
        gate.unlock();
        return this;
    }

    FakeStream end() {
        return add(Optional.empty());
    }

    /** From now on responses are not read, as by a client whose window is closed. */
    FakeStream stopReading() {
        reads = false;
        return this;
    }

    RpcSource source() {
        return this::receive;
    }

    RpcSink sink() {
        return this::respond;
    }

    private byte @Nullable [] receive(Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            while (requests.isEmpty()) {
                isAsked = true;
                gate.signalAll();
                if (!gate.await(deadline)) {
                    throw new DeadlineException("no request came");
                }
            }
            isAsked = false;
            return requests.remove().orElse(null);
        } finally {
            gate.unlock();
        }
    }

    /** Waits until the other side has taken all requests and comes back for more. */
    void awaitTaken() throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, java.time.Duration.ofSeconds(20));
        gate.lock();
        try {
            while (!requests.isEmpty() || !isAsked) {
                if (!gate.await(deadline)) {
                    throw new DeadlineException("requests were not taken");
                }
            }
        } finally {
            gate.unlock();
        }
    }

    private void respond(byte[] message, Deadline deadline) throws IOException, InterruptedException {
        gate.lock();
        try {
            while (!reads) {
                if (!gate.await(deadline)) {
                    throw new DeadlineException("the other side does not read");
                }
            }
            responses.add(message.clone());
            gate.signalAll();
        } finally {
            gate.unlock();
        }
    }

    int responseCount() {
        gate.lock();
        try {
            return responses.size();
        } finally {
            gate.unlock();
        }
    }

    /** Waits for response number {@code index}. */
    ExpertResponse response(int index) throws IOException, InterruptedException {
        return ExpertMessages.readResponse(bytes(index));
    }

    /** Waits for response number {@code index}, as it came. */
    byte[] bytes(int index) throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(clock, java.time.Duration.ofSeconds(20));
        gate.lock();
        try {
            while (responses.size() <= index) {
                if (!gate.await(deadline)) {
                    throw new DeadlineException("response " + index + " did not come");
                }
            }
            return responses.get(index);
        } finally {
            gate.unlock();
        }
    }

    float[] floats(int index) throws IOException, InterruptedException {
        return floats(response(index));
    }

    static float[] floats(ExpertResponse response) throws ProtocolException {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = TensorCodec.decode(response.tensors().getFirst(), arena);
            return tensor.toFloats();
        }
    }
}
