package corolla.dht.protocol;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.dht.DhtConfig;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.storage.DictionaryForm;
import corolla.dht.storage.StoredValue;
import corolla.dht.validation.ValidatorChain;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Answers other nodes' calls. Thread-safe. */
public final class DhtService {
    private static final System.Logger LOGGER = System.getLogger(DhtService.class.getName());

    /** Of an answer to rpc_find; beyond it come results without values, then without nodes. */
    private static final long ANSWER_BYTES_MAX = 3L << 20;

    private final DhtState state;
    private final DhtConfig config;
    private final DhtCaller caller;
    private final RecordCheck check;
    private final Clock clock;

    public DhtService(DhtState state, DhtConfig config, DhtCaller caller, Clock clock) {
        this.state = state;
        this.config = config;
        this.caller = caller;
        this.check = new RecordCheck(new ValidatorChain(config.validators()), config.limits());
        this.clock = clock;
    }

    /** Begins to serve. */
    public void register(Rpc rpc) {
        rpc.handleUnary(DhtCaller.PING, this::ping);
        rpc.handleUnary(DhtCaller.STORE, this::store);
        rpc.handleUnary(DhtCaller.FIND, this::find);
    }

    /** Serves no more. */
    public static void unregister(Rpc rpc) {
        rpc.remove(DhtCaller.PING);
        rpc.remove(DhtCaller.STORE);
        rpc.remove(DhtCaller.FIND);
    }

    private byte[] ping(RpcContext context, byte[] bytes) throws IOException, InterruptedException {
        DhtMessages.PingRequest request = DhtMessages.PingRequest.decode(bytes);
        boolean available = false;
        if (request.nodeId().length > 0) {
            DhtId.decode(request.nodeId());
            available = request.validate() && answersAs(context.peer(), request.nodeId());
            if (available || !request.validate()) {
                caller.meet(request.nodeId(), context.peer());
            }
        }
        return new DhtMessages.PingResponse(state.nodeIdTold(), state.now(), available).encode();
    }

    /** Calls the caller back: it can be reached, and it is who it says it is. */
    private boolean answersAs(PeerId peer, byte[] nodeId) throws InterruptedException {
        try {
            DhtMessages.PingResponse answer = caller.ping(peer, false, Deadline.after(clock, config.requestTime()));
            return Arrays.equals(answer.nodeId(), nodeId);
        } catch (IOException unreachable) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> "joining node cannot be called back peer=" + peer.shortForm() + " "
                            + unreachable.getMessage());
            return false;
        }
    }

    private byte[] store(RpcContext context, byte[] bytes) throws IOException {
        DhtMessages.StoreRequest request =
                DhtMessages.StoreRequest.decode(bytes, config.limits().keyItemsMax());
        meetCaller(request.nodeId(), context);
        List<Boolean> stored = new ArrayList<>();
        for (DhtMessages.StoreItem item : request.items()) {
            stored.add(store(DhtId.decode(item.key()), item));
        }
        return new DhtMessages.StoreResponse(stored, state.nodeIdTold()).encode();
    }

    private void meetCaller(byte[] nodeId, RpcContext context) throws ProtocolException {
        if (nodeId.length > 0) {
            DhtId.decode(nodeId);
            caller.meet(nodeId, context.peer());
        }
    }

    private boolean store(DhtId key, DhtMessages.StoreItem item) {
        try {
            if (item.subkey().length == 0) {
                return storeDictionary(key, item);
            }
            if (!check.accepts(key, item.subkey(), item.value(), item.expiration())) {
                return false;
            }
            if (Arrays.equals(item.subkey(), StoreItems.NO_SUBKEY)) {
                return state.store(key, item.value(), item.expiration(), item.inCache());
            }
            return state.storeSubkey(key, Pack.decode(item.subkey()), item.value(), item.expiration(), item.inCache());
        } catch (ProtocolException malformed) {
            LOGGER.log(System.Logger.Level.DEBUG, () -> "record refused: " + malformed.getMessage());
            return false;
        }
    }

    private boolean storeDictionary(DhtId key, DhtMessages.StoreItem item) throws ProtocolException {
        boolean all = true;
        for (Map.Entry<Pack, StoredValue.Regular> entry :
                check.dictionary(key, item.value()).entries().entrySet()) {
            StoredValue.Regular value = entry.getValue();
            all &= state.storeSubkey(key, entry.getKey(), value.value(), value.expiration(), item.inCache());
        }
        return all;
    }

    private byte[] find(RpcContext context, byte[] bytes) throws IOException {
        DhtMessages.FindRequest request =
                DhtMessages.FindRequest.decode(bytes, config.limits().keysPerFindMax());
        Optional<DhtId> requester =
                request.nodeId().length == 0 ? Optional.empty() : Optional.of(DhtId.decode(request.nodeId()));
        List<FindMessages.FindResult> results = new ArrayList<>();
        long answerBytes = 0;
        for (byte[] key : request.keys()) {
            FindMessages.FindResult result = fitting(resultFor(DhtId.decode(key), requester), answerBytes);
            answerBytes += result.bytes();
            results.add(result);
        }
        meetCaller(request.nodeId(), context);
        return new FindMessages.FindResponse(results, state.nodeIdTold()).encode();
    }

    private FindMessages.FindResult resultFor(DhtId key, Optional<DhtId> requester) {
        List<FindMessages.NearNode> nearest = new ArrayList<>();
        for (Contact contact : state.nearest(key, requester)) {
            nearest.add(new FindMessages.NearNode(
                    contact.node().bytes(), contact.peer().bytes()));
        }
        return new FindMessages.FindResult(state.best(key).map(DhtService::foundValue), nearest);
    }

    private static FindMessages.FoundValue foundValue(StoredValue value) {
        return switch (value) {
            case StoredValue.Regular regular ->
                new FindMessages.FoundValue(FindMessages.REGULAR, regular.value(), regular.expiration());
            case StoredValue.Dictionary dictionary ->
                new FindMessages.FoundValue(
                        FindMessages.DICTIONARY, DictionaryForm.encode(dictionary), dictionary.expiration());
        };
    }

    private static FindMessages.FindResult fitting(FindMessages.FindResult result, long bytesBefore) {
        if (bytesBefore + result.bytes() <= ANSWER_BYTES_MAX) {
            return result;
        }
        FindMessages.FindResult nodesOnly = new FindMessages.FindResult(Optional.empty(), result.nearest());
        return bytesBefore + nodesOnly.bytes() <= ANSWER_BYTES_MAX
                ? nodesOnly
                : new FindMessages.FindResult(Optional.empty(), List.of());
    }
}
