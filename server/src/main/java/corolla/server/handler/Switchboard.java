package corolla.server.handler;

import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.p2p.rpc.StreamingHandler;
import corolla.p2p.rpc.UnaryHandler;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ServiceNames;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The calls of all models that one node serves: all have the same names, so the blocks that a request names decide whose it is. One for a
 * node; thread-safe. While there is one model nothing is looked into.
 */
public final class Switchboard {
    private static final List<String> NAMES = List.of(
            ServiceNames.INFO,
            ServiceNames.FORWARD,
            ServiceNames.FORWARD_STREAM,
            ServiceNames.BACKWARD,
            ServiceNames.BACKWARD_STREAM,
            ServiceNames.INFERENCE,
            ServiceNames.PUSH);

    private final Map<String, ModelCalls> models = new LinkedHashMap<>(); // by DHT prefix; guarded by this

    /**
     * The calls of one model.
     *
     * @param firstMessageTime how long a stream may be silent before its first message
     */
    record ModelCalls(
            UnaryHandler info,
            UnaryHandler forward,
            StreamingHandler forwardStream,
            UnaryHandler backward,
            StreamingHandler backwardStream,
            StreamingHandler inference,
            UnaryHandler push,
            Clock clock,
            Duration firstMessageTime) {}

    /** Whether blocks of this model are served here. */
    public synchronized boolean serves(String prefix) {
        return models.containsKey(prefix);
    }

    /**
     * Serves one more model.
     *
     * @throws IllegalArgumentException when blocks of this model are served already: a peer can announce one span of a model
     */
    synchronized void add(Rpc rpc, String prefix, ModelCalls calls) {
        if (models.putIfAbsent(prefix, calls) != null) {
            throw new IllegalArgumentException("this node serves blocks of " + prefix + " already");
        }
        if (models.size() == 1) {
            rpc.handleUnary(ServiceNames.INFO, unary(ModelCalls::info, ExpertMessages::readUid));
            rpc.handleUnary(ServiceNames.FORWARD, unary(ModelCalls::forward, Switchboard::uid));
            rpc.handleStream(ServiceNames.FORWARD_STREAM, stream(ModelCalls::forwardStream));
            rpc.handleUnary(ServiceNames.BACKWARD, unary(ModelCalls::backward, Switchboard::uid));
            rpc.handleStream(ServiceNames.BACKWARD_STREAM, stream(ModelCalls::backwardStream));
            rpc.handleStream(ServiceNames.INFERENCE, stream(ModelCalls::inference));
            rpc.handleUnary(ServiceNames.PUSH, unary(ModelCalls::push, Switchboard::uid));
        }
    }

    /** Serves a model no more; calls in progress go on. */
    synchronized void remove(Rpc rpc, String prefix) {
        if (models.remove(prefix) != null && models.isEmpty()) {
            NAMES.forEach(rpc::remove);
        }
    }

    /** Reads which blocks a message names. */
    private interface UidReader {
        String uid(byte[] message) throws IOException;
    }

    private static String uid(byte[] message) throws IOException {
        return ExpertMessages.readRequest(message).uid();
    }

    private UnaryHandler unary(Function<ModelCalls, UnaryHandler> method, UidReader reader) {
        return (context, request) -> {
            ModelCalls only = only();
            ModelCalls model = only == null ? find(reader.uid(request)) : only;
            return method.apply(model).handle(context, request);
        };
    }

    private StreamingHandler stream(Function<ModelCalls, StreamingHandler> method) {
        return (context, requests, responses) -> {
            ModelCalls only = only();
            if (only != null) {
                method.apply(only).handle(context, requests, responses);
            } else {
                route(method, context, requests, responses);
            }
        };
    }

    private void route(
            Function<ModelCalls, StreamingHandler> method, RpcContext context, RpcSource requests, RpcSink responses)
            throws Exception {
        Optional<byte[]> first = first(requests);
        if (first.isPresent()) {
            ModelCalls model = find(uid(first.get()));
            method.apply(model).handle(context, new Replayed(first.get(), requests), responses);
        }
    }

    /** Empty when the caller ends the stream, or stays silent, before it has said anything. */
    private Optional<byte[]> first(RpcSource requests) throws IOException, InterruptedException {
        ModelCalls any = all().getFirst();
        try {
            byte[] first = requests.receive(Deadline.after(any.clock, any.firstMessageTime));
            return Optional.ofNullable(first);
        } catch (DeadlineException silent) {
            return Optional.empty();
        }
    }

    private synchronized @Nullable ModelCalls only() {
        return models.size() == 1 ? models.values().iterator().next() : null;
    }

    private synchronized List<ModelCalls> all() throws RequestException {
        if (models.isEmpty()) {
            throw new RequestException("Server is shutting down");
        }
        return new ArrayList<>(models.values());
    }

    /** Whose blocks these are. A question about none is the first model's. */
    private ModelCalls find(String uid) throws RequestException {
        if (uid.isEmpty()) {
            return all().getFirst();
        }
        int end = uid.indexOf('.');
        synchronized (this) {
            ModelCalls calls = models.get(end < 0 ? uid : uid.substring(0, end));
            if (calls != null) {
                return calls;
            }
        }
        throw new RequestException("Remote peer does not serve " + ServedModel.shortened(uid));
    }

    /** A source whose first message has been looked at. Confined, as its source is. */
    private static final class Replayed implements RpcSource {
        private final RpcSource rest;
        private byte @Nullable [] first;

        Replayed(byte[] first, RpcSource rest) {
            this.first = first;
            this.rest = rest;
        }

        @Override
        public byte @Nullable [] receive(Deadline deadline) throws IOException, InterruptedException {
            byte[] kept = first;
            first = null;
            return kept == null ? rest.receive(deadline) : kept;
        }
    }
}
