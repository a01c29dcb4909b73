package corolla.dht.protocol;

import corolla.base.ProtocolException;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.dht.DhtConfig;
import corolla.dht.kbucket.Contact;
import corolla.dht.kbucket.DhtId;
import corolla.dht.storage.StoredValue;
import corolla.dht.validation.ValidatorChain;
import corolla.p2p.PeerId;
import corolla.p2p.rpc.Rpc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Our calls to other nodes. Each one teaches the routing table who is well and who is not. Thread-safe.
 */
public final class DhtCaller {
    static final String PING = "DHTProtocol.rpc_ping";
    static final String STORE = "DHTProtocol.rpc_store";
    static final String FIND = "DHTProtocol.rpc_find";

    private static final System.Logger LOGGER = System.getLogger(DhtCaller.class.getName());

    private final Rpc rpc;
    private final PeerId ourPeer;
    private final DhtState state;
    private final DhtConfig config;
    private final RecordCheck check;
    private final Background background;
    private final Clock clock;

    public DhtCaller(Rpc rpc, PeerId ourPeer, DhtState state, DhtConfig config, Background background, Clock clock) {
        this.rpc = rpc;
        this.ourPeer = ourPeer;
        this.state = state;
        this.config = config;
        this.check = new RecordCheck(new ValidatorChain(config.validators()), config.limits());
        this.background = background;
        this.clock = clock;
    }

    /** What a node knows about a key. */
    public record Finding(Optional<StoredValue> value, List<Contact> nearest) {}

    /** A ping that teaches the routing table nothing and has no limit but {@code deadline}: for measuring. */
    public void measure(PeerId peer, Deadline deadline) throws IOException, InterruptedException {
        rpc.callUnary(peer, PING, pingRequest(false), deadline);
    }

    /** Asks whether the node is there and, if {@code validate}, whether it can call us. */
    public DhtMessages.PingResponse ping(PeerId peer, boolean validate, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] bytes = call(peer, PING, pingRequest(validate), deadline);
        DhtMessages.PingResponse response = DhtMessages.PingResponse.decode(bytes);
        meet(response.nodeId(), peer);
        return response;
    }

    private byte[] pingRequest(boolean validate) {
        return new DhtMessages.PingRequest(state.nodeIdTold(), validate).encode();
    }

    /** Asks what the node knows about some keys. */
    public Map<DhtId, Finding> find(PeerId peer, List<DhtId> keys, Deadline deadline)
            throws IOException, InterruptedException {
        byte[] request =
                new DhtMessages.FindRequest(keys.stream().map(DhtId::bytes).toList(), state.nodeIdTold()).encode();
        byte[] bytes = call(peer, FIND, request, deadline);
        try {
            FindMessages.FindResponse response = FindMessages.FindResponse.decode(
                    bytes, keys.size(), config.limits().peersPerAnswerMax());
            if (response.results().size() != keys.size()) {
                throw new ProtocolException(peer.shortForm() + " answered "
                        + response.results().size() + " results for " + keys.size() + " keys");
            }
            meet(response.nodeId(), peer);
            return findings(peer, keys, response.results());
        } catch (ProtocolException broken) {
            state.lose(peer);
            throw broken;
        }
    }

    private Map<DhtId, Finding> findings(PeerId peer, List<DhtId> keys, List<FindMessages.FindResult> results) {
        Map<DhtId, Finding> findings = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            DhtId key = keys.get(i);
            FindMessages.FindResult result = results.get(i);
            findings.put(
                    key, new Finding(result.found().flatMap(found -> believed(peer, key, found)), contacts(result)));
        }
        return findings;
    }

    private Optional<StoredValue> believed(PeerId peer, DhtId key, FindMessages.FoundValue found) {
        try {
            return check.found(key, found, state.now());
        } catch (ProtocolException malformed) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> "record not believed peer=" + peer.shortForm() + " " + malformed.getMessage());
            return Optional.empty();
        }
    }

    private List<Contact> contacts(FindMessages.FindResult result) {
        List<Contact> contacts = new ArrayList<>();
        for (FindMessages.NearNode node : result.nearest()) {
            contact(node.nodeId(), node.peerId()).ifPresent(contacts::add);
        }
        return contacts;
    }

    /** Neither what is malformed nor ourselves. */
    private Optional<Contact> contact(byte[] nodeId, byte[] peerId) {
        if (nodeId.length != DhtId.BYTES || !PeerId.isValid(peerId)) {
            return Optional.empty();
        }
        PeerId peer = PeerId.of(peerId);
        return toContact(nodeId, peer).filter(contact -> !peer.equals(ourPeer));
    }

    private Optional<Contact> toContact(byte[] nodeId, PeerId peer) {
        try {
            return Optional.of(new Contact(DhtId.decode(nodeId), peer))
                    .filter(contact -> !contact.node().equals(state.self()));
        } catch (ProtocolException malformed) {
            return Optional.empty();
        }
    }

    /** Asks a node to keep records; the answers are in their order. */
    public List<Boolean> store(PeerId peer, List<DhtMessages.StoreItem> items, Deadline deadline)
            throws IOException, InterruptedException {
        List<Boolean> stored = new ArrayList<>();
        for (List<DhtMessages.StoreItem> some :
                StoreItems.requests(items, config.limits().keyItemsMax())) {
            byte[] request = new DhtMessages.StoreRequest(some, state.nodeIdTold()).encode();
            DhtMessages.StoreResponse response = DhtMessages.StoreResponse.decode(call(peer, STORE, request, deadline));
            if (response.stored().size() != some.size()) {
                throw new ProtocolException(peer.shortForm() + " answered "
                        + response.stored().size() + " results for " + some.size() + " records");
            }
            meet(response.nodeId(), peer);
            stored.addAll(response.stored());
        }
        return stored;
    }

    private byte[] call(PeerId peer, String method, byte[] request, Deadline deadline)
            throws IOException, InterruptedException {
        try {
            return rpc.callUnary(
                    peer,
                    method,
                    request,
                    Deadline.after(clock, config.requestTime()).earlier(deadline));
        } catch (IOException failure) {
            state.lose(peer);
            throw failure;
        }
    }

    /** Takes a node into the routing table and does what follows from that; clients, who tell no id, are passed over. */
    void meet(byte[] nodeId, PeerId peer) {
        if (nodeId.length == 0) {
            return;
        }
        toContact(nodeId, peer).ifPresent(contact -> {
            DhtState.Meeting meeting = state.meet(contact);
            if (meeting.isNew()) {
                background.run("hand over to " + peer.shortForm(), () -> handOver(contact));
            }
            meeting.toPing()
                    .ifPresent(old ->
                            background.run("ping old member " + old.peer().shortForm(), () -> pingOld(old)));
        });
    }

    private void handOver(Contact newcomer) throws IOException, InterruptedException {
        List<DhtMessages.StoreItem> items = state.handOver(newcomer);
        if (!items.isEmpty()) {
            store(newcomer.peer(), items, Deadline.after(clock, config.requestTime()));
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> "handed over records=" + items.size() + " to="
                            + newcomer.peer().shortForm());
        }
    }

    /** A member that does not answer leaves the table, and a replacement moves up. */
    private void pingOld(Contact old) throws IOException, InterruptedException {
        ping(old.peer(), false, Deadline.after(clock, config.requestTime()));
    }
}
