package corolla.swarm.reachability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.p2p.kad.Kad;
import corolla.p2p.kad.KadLimits;
import corolla.p2p.rpc.RemoteException;
import corolla.p2p.rpc.Rpc;
import corolla.p2p.rpc.RpcLimits;
import corolla.swarm.protocol.ServiceNames;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReachabilityTest {

    /** A peer that others can dial, or cannot: it listens, but tells an address at which nobody answers. */
    private record Peer(Environment environment, Host host, Rpc rpc, ReachabilityCalls calls) {
        static Peer start(SimulatedWorld world, String name, boolean reachable) throws IOException {
            SimulatedNode node = world.node(name);
            Environment environment = node.environment();
            var listen = Multiaddr.parse("/ip4/" + node.host() + "/tcp/4001");
            var config = HostConfig.listening(Identity.generateEd25519(environment.randoms()), listen);
            if (!reachable) {
                config = config.withAnnounce(List.of(Multiaddr.parse("/ip4/" + node.host() + "/tcp/4002")));
            }
            Host host = Libp2pHost.start(environment, config);
            Kad kad = Kad.start(environment, host, Kad.Mode.SERVER, KadLimits.defaults());
            var rpc = new Rpc(environment, host, RpcLimits.defaults());
            ReachabilityService.start(environment, host, rpc, kad);
            return new Peer(environment, host, rpc, new ReachabilityCalls(rpc, environment.clock()));
        }

        PeerId id() {
            return host.peerId();
        }

        void connect(SimulatedWorld world, Peer to) throws IOException, InterruptedException {
            var address =
                    Multiaddr.parse(to.host.addresses().getFirst().toString().replace("tcp/4002", "tcp/4001"));
            host.connect(address, world.within(Duration.ofSeconds(10)));
        }
    }

    @Test
    void peerThatCanBeDialedIsFoundReachable() {
        SimulatedWorld.run(1, world -> {
            Peer bootstrap = Peer.start(world, "bootstrap", true);
            Peer asker = Peer.start(world, "asker", true);
            asker.connect(world, bootstrap);
            assertThat(asker.calls.check(bootstrap.id(), asker.id())).contains(true);
            assertThat(asker.calls.check(bootstrap.id(), bootstrap.id())).contains(true);
        });
    }

    @Test
    void openConnectionDoesNotMakeAPeerReachable() {
        SimulatedWorld.run(2, world -> {
            Peer bootstrap = Peer.start(world, "bootstrap", true);
            Peer hidden = Peer.start(world, "hidden", false);
            hidden.connect(world, bootstrap);
            assertThat(hidden.calls.check(bootstrap.id(), hidden.id())).contains(false);
        });
    }

    @Test
    void serverFindsOutByItselfWhetherItCanBeDialed() {
        SimulatedWorld.run(12, world -> {
            List<Peer> others = new java.util.ArrayList<>();
            for (int i = 0; i < 7; i++) {
                others.add(Peer.start(world, "other" + i, true));
            }
            List<PeerId> ids = others.stream().map(Peer::id).toList();
            for (boolean isHidden : new boolean[] {false, true}) {
                String name = "server" + isHidden;
                Peer server = Peer.start(world, name, true);
                for (Peer other : others) {
                    server.connect(world, other);
                }
                if (isHidden) {
                    world.network().refuseInbound(world.node(name));
                }
                world.clock().sleep(Duration.ofSeconds(5)); // identify
                var verdict = new SelfCheck(server.environment, server.rpc, server.id()).ask(ids);
                assertThat(verdict).isEqualTo(new SelfCheck.Verdict(5, 5, isHidden ? 0 : 5));
                assertThat(verdict.isReachable()).isEqualTo(!isHidden);
            }
        });
    }

    @Test
    void halfOfTheAnswersAreEnoughAndNoneAreTrusted() {
        assertThat(new SelfCheck.Verdict(5, 4, 2).isReachable()).isTrue();
        assertThat(new SelfCheck.Verdict(5, 5, 2).isReachable()).isFalse();
        assertThat(new SelfCheck.Verdict(5, 0, 0).isReachable()).isTrue();
    }

    @Test
    void peerKnownToAThirdOneIsFound() {
        SimulatedWorld.run(3, world -> {
            Peer bootstrap = Peer.start(world, "bootstrap", true);
            Peer one = Peer.start(world, "one", true);
            Peer other = Peer.start(world, "other", true);
            one.connect(world, bootstrap);
            other.connect(world, bootstrap);
            world.clock().sleep(Duration.ofSeconds(5)); // identify
            assertThat(bootstrap.calls.check(one.id(), other.id())).contains(true);
        });
    }

    @Test
    void silenceIsNoAnswer() {
        SimulatedWorld.run(4, world -> {
            Peer bootstrap = Peer.start(world, "bootstrap", true);
            Peer asker = Peer.start(world, "asker", true);
            asker.connect(world, bootstrap);
            bootstrap.rpc.remove(ServiceNames.REACHABILITY_CHECK);
            assertThat(asker.calls.check(bootstrap.id(), asker.id())).isEmpty();
        });
    }

    @Test
    void questionAboutNobodyIsRefused() {
        SimulatedWorld.run(5, world -> {
            Peer bootstrap = Peer.start(world, "bootstrap", true);
            Peer asker = Peer.start(world, "asker", true);
            asker.connect(world, bootstrap);
            assertThatThrownBy(() -> asker.rpc.callUnary(
                            bootstrap.id(),
                            ServiceNames.REACHABILITY_CHECK,
                            new byte[] {18, 3, 10, 1, 7},
                            world.within(Duration.ofSeconds(10))))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("not a peer id");
        });
    }
}
