package corolla.swarm.reachability;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.multiformat.Multiaddr;
import corolla.base.task.Gate;
import corolla.base.time.Deadline;
import corolla.dht.protocol.DhtMessages.PingRequest;
import corolla.dht.protocol.DhtMessages.PingResponse;
import corolla.p2p.Host;
import corolla.p2p.P2pLimits;
import corolla.p2p.PeerId;
import corolla.p2p.PeerRouting;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcLimits;
import corolla.swarm.protocol.ServiceNames;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Answers {@code rpc_check}. Asked about ourselves we say yes: the question has arrived. Asked about another peer we dial it from
 * a host that exists for this one question, listens nowhere, has no connections and knows no relays, and ask it about itself.
 * Thread-safe; the owner closes it before the host.
 */
public final class ReachabilityService implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ReachabilityService.class.getName());

    /** Questions answered at once: each makes us dial whom a stranger names. */
    static final int PROBES_MAX = 8;

    /** How long who has just connected may take to say its addresses. */
    private static final Duration INTRODUCTION_TIME = Duration.ofSeconds(2);

    private final Environment environment;
    private final Host host;
    private final Rpc rpc;
    private final PeerRouting routing;
    private final Gate introductions; // signalled when some peer has said its addresses
    private final Set<PeerId> askers = new LinkedHashSet<>(); // guarded by itself; one probe at a time for each

    private ReachabilityService(Environment environment, Host host, Rpc rpc, PeerRouting routing) {
        this.environment = environment;
        this.host = host;
        this.rpc = rpc;
        this.routing = routing;
        this.introductions = new Gate(environment.clock());
    }

    /**
     * Starts to answer. All is borrowed.
     *
     * @param routing finds the addresses of peers that {@code host} does not know
     */
    public static ReachabilityService start(Environment environment, Host host, Rpc rpc, PeerRouting routing) {
        var service = new ReachabilityService(environment, host, rpc, routing);
        host.onIdentified((_, _) -> service.introduced());
        rpc.handleUnary(ServiceNames.REACHABILITY_CHECK, service::check);
        return service;
    }

    /** Of a node that answers about itself only: yes, since the question has arrived. */
    static byte[] answerAbout(PeerId self, byte[] request) throws IOException {
        if (!target(request).equals(self)) {
            throw new IOException("this node does not check others");
        }
        return new PingResponse(new byte[0], 0, true).encode();
    }

    private static PeerId target(byte[] request) throws ProtocolException {
        byte[] id = PingRequest.decode(request).nodeId();
        if (!PeerId.isValid(id)) {
            throw new ProtocolException("rpc_check about " + id.length + " bytes that are not a peer id");
        }
        return PeerId.of(id);
    }

    private byte[] check(RpcContext context, byte[] bytes) throws IOException, InterruptedException {
        PeerId target = target(bytes);
        boolean available = target.equals(host.peerId()) || probe(context.peer(), target);
        return new PingResponse(new byte[0], 0, available).encode();
    }

    private boolean probe(PeerId asker, PeerId target) throws IOException, InterruptedException {
        enter(asker);
        try {
            boolean available = dial(target);
            LOG.log(
                    Level.DEBUG,
                    "reachability asker={0} target={1} available={2}",
                    asker.shortForm(),
                    target.shortForm(),
                    available);
            return available;
        } finally {
            leave(asker);
        }
    }

    private void enter(PeerId asker) throws IOException {
        synchronized (askers) {
            if (askers.size() >= PROBES_MAX || !askers.add(asker)) {
                throw new IOException("Too many reachability checks at once, try later");
            }
        }
    }

    private void leave(PeerId asker) {
        synchronized (askers) {
            askers.remove(asker);
        }
    }

    private boolean dial(PeerId target) throws IOException, InterruptedException {
        Identity stranger = Identity.generateEd25519(environment.randoms());
        var config = new HostConfig(stranger, List.of(), List.of(), P2pLimits.defaults(), "corolla-probe");
        try (Host probe = Libp2pHost.start(environment, config);
                Rpc calls = new Rpc(environment, probe, RpcLimits.defaults())) {
            probe.setPeerRouting(this::directAddresses);
            return new ReachabilityCalls(calls, environment.clock())
                    .check(target, target)
                    .orElse(false);
        }
    }

    /** What we know of the peer, or else what others know; never a way through a relay. */
    private List<Multiaddr> directAddresses(PeerId target, Deadline deadline) throws IOException, InterruptedException {
        List<Multiaddr> known = introduced(target, deadline);
        return known.isEmpty() ? direct(routing.findPeer(target, deadline)) : known;
    }

    /** What we know of the peer; who asks as soon as it is connected has not introduced itself yet, and is waited for. */
    private List<Multiaddr> introduced(PeerId target, Deadline deadline) throws InterruptedException {
        Deadline soon = Deadline.after(environment.clock(), INTRODUCTION_TIME).earlier(deadline);
        introductions.lock();
        try {
            while (true) {
                boolean isAwaited = host.connectedPeers().contains(target)
                        && host.protocolsOf(target).isEmpty();
                List<Multiaddr> known = direct(host.addressBook().addresses(target));
                if (!known.isEmpty() || !isAwaited || !introductions.await(soon)) {
                    return known;
                }
            }
        } finally {
            introductions.unlock();
        }
    }

    private void introduced() {
        introductions.lock();
        try {
            introductions.signalAll();
        } finally {
            introductions.unlock();
        }
    }

    private static List<Multiaddr> direct(List<Multiaddr> addresses) {
        return addresses.stream().filter(address -> !address.isRelayed()).toList();
    }

    @Override
    public void close() {
        rpc.remove(ServiceNames.REACHABILITY_CHECK);
    }
}
