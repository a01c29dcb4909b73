package corolla.p2p.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.p2p.Host;
import corolla.p2p.PeerId;
import corolla.p2p.Stream;
import corolla.p2p.host.HostConfig;
import corolla.p2p.host.Libp2pHost;
import corolla.p2p.identity.Identity;
import corolla.testkit.SimulatedNode;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A machine behind a router, relays, and somebody who wants to talk with it, in virtual time. */
@Timeout(120)
class RelaySimulationTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    /** A machine with a host, and its use of relays. */
    private record Peer(SimulatedNode machine, Libp2pHost host, RelayClient relays) {
        static Peer start(SimulatedWorld world, String name) throws IOException {
            SimulatedNode machine = world.node(name);
            Environment environment = machine.environment();
            Identity identity = Identity.generateEd25519(environment.randoms());
            Libp2pHost host = Libp2pHost.start(
                    environment,
                    HostConfig.listening(identity, Multiaddr.parse("/ip4/" + machine.host() + "/tcp/4001")));
            host.handle("/echo", stream -> echo(stream, environment));
            return new Peer(machine, host, RelayClient.start(environment, host, RelayLimits.defaults()));
        }

        PeerId id() {
            return host.peerId();
        }

        Multiaddr address() {
            return host.addresses().getFirst();
        }

        RelayServer relay(RelayLimits limits) {
            return RelayServer.start(machine.environment(), host, limits);
        }

        /** As a node does that has found out that nobody can dial it. */
        void hide(SimulatedWorld world, Peer... relays) throws IOException, InterruptedException {
            world.network().refuseInbound(machine);
            for (Peer relay : relays) {
                host.connect(relay.address(), world.within(SOON));
            }
            this.relays.keepReservations(List.of());
            assertThat(this.relays.awaitReservation(world.within(SOON))).isTrue();
        }
    }

    private static void echo(Stream stream, Environment environment) throws IOException, InterruptedException {
        byte[] bytes = new byte[65_536];
        Deadline deadline = Deadline.after(environment.clock(), Duration.ofHours(2));
        for (int count; (count = stream.read(bytes, 0, bytes.length, deadline)) >= 0; ) {
            stream.write(bytes, 0, count, deadline);
        }
    }

    private static void exchange(SimulatedWorld world, Host from, PeerId to, int count)
            throws IOException, InterruptedException {
        Deadline deadline = world.within(Duration.ofMinutes(1));
        try (Stream stream = from.open(to, "/echo", deadline)) {
            byte[] sent = new byte[count];
            world.randoms().stream("bytes").nextBytes(sent);
            stream.write(sent, 0, count, deadline);
            byte[] received = new byte[count];
            for (int got = 0, more; got < count; got += more) {
                more = stream.read(received, got, count - got, deadline);
                assertThat(more).isPositive();
            }
            assertThat(received).isEqualTo(sent);
        }
    }

    private static void await(SimulatedWorld world, String what, Condition condition) throws Exception {
        Deadline deadline = world.within(Duration.ofMinutes(10));
        while (!condition.holds()) {
            assertThat(deadline.isOver(world.clock())).as("waiting for " + what).isFalse();
            world.clock().sleep(Duration.ofMillis(50));
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void peerThatNobodyCanDialIsDialedThroughItsRelay(long seed) {
        SimulatedWorld.run(seed, world -> {
            Peer relay = Peer.start(world, "relay");
            RelayServer server = relay.relay(RelayLimits.defaults());
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, relay);
            Peer caller = Peer.start(world, "caller");
            assertThatThrownBy(() -> caller.host.connect(hidden.address(), world.within(SOON)))
                    .hasMessageContaining("refused");

            List<Multiaddr> circuits = hidden.host.addresses().stream()
                    .filter(Multiaddr::isRelayed)
                    .toList();
            assertThat(circuits).hasSize(1);
            assertThat(circuits.getFirst().toString()).isEqualTo(relay.address() + "/p2p-circuit/p2p/" + hidden.id());
            assertThat(caller.host.connect(circuits.getFirst(), world.within(SOON)))
                    .isEqualTo(hidden.id());
            exchange(world, caller.host, hidden.id(), 100_000);
            exchange(world, hidden.host, caller.id(), 1000);
            assertThat(server.circuits()).isEqualTo(1);
            caller.host.disconnect(hidden.id());
            await(world, "the circuit's end", () -> server.circuits() == 0);
        });
    }

    @Test
    void addressesThroughTheRelayReachOthersByIdentify() {
        SimulatedWorld.run(11, world -> {
            Peer relay = Peer.start(world, "relay");
            relay.relay(RelayLimits.defaults());
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, relay);
            await(
                    world,
                    "the relay to be told",
                    () -> relay.host.addressBook().addresses(hidden.id()).stream()
                            .anyMatch(Multiaddr::isRelayed));
            Peer caller = Peer.start(world, "caller");
            caller.host.setPeerRouting(
                    (peer, deadline) -> relay.host.addressBook().addresses(peer));
            exchange(world, caller.host, hidden.id(), 10);
        });
    }

    @Test
    void reservationIsRenewedForHours() {
        SimulatedWorld.run(12, world -> {
            Peer relay = Peer.start(world, "relay");
            relay.relay(RelayLimits.defaults());
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, relay);
            Multiaddr circuit = relay.address()
                    .then(RelayProtocol.CIRCUIT)
                    .withPeer(hidden.id().bytes());
            for (int hour = 0; hour < 5; hour++) {
                world.clock().sleep(Duration.ofMinutes(61));
                assertThat(hidden.relays.relays()).containsExactly(relay.id());
                Peer caller = Peer.start(world, "caller" + hour);
                caller.host.connect(circuit, world.within(SOON));
                exchange(world, caller.host, hidden.id(), 10);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void lostRelayIsReplacedByAnother(long seed) {
        SimulatedWorld.run(seed, world -> {
            RelayLimits limits = RelayLimits.defaults();
            Peer first = Peer.start(world, "first");
            first.relay(limits);
            Peer second = Peer.start(world, "second");
            second.relay(limits);
            Peer third = Peer.start(world, "third");
            third.relay(limits);
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, first, second, third);
            await(world, "two slots", () -> hidden.relays.relays().size() == 2);
            PeerId lost = hidden.relays.relays().getFirst();
            Peer gone = lost.equals(first.id()) ? first : lost.equals(second.id()) ? second : third;
            gone.machine.crash();
            await(
                    world,
                    "another relay",
                    () -> hidden.relays.relays().size() == 2
                            && !hidden.relays.relays().contains(lost));
            await(
                    world,
                    "the new addresses",
                    () -> hidden.host.addresses().stream()
                                    .noneMatch(address -> address.toString().contains(lost.toBase58()))
                            && hidden.host.addresses().stream()
                                            .filter(Multiaddr::isRelayed)
                                            .count()
                                    == 2);
            Peer caller = Peer.start(world, "caller");
            caller.host.addressBook().add(hidden.id(), hidden.host.addresses(), SOON);
            exchange(world, caller.host, hidden.id(), 1000);
        });
    }

    @Test
    void onlyRelayIsAskedAgainWhenItComesBack() {
        SimulatedWorld.run(24, world -> {
            Peer relay = Peer.start(world, "relay");
            relay.relay(RelayLimits.defaults());
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, relay);
            world.network().cut(relay.machine, hidden.machine);
            await(world, "the loss", () -> hidden.relays.relays().isEmpty());
            assertThat(hidden.host.addresses()).noneMatch(Multiaddr::isRelayed);
            world.clock().sleep(Duration.ofMinutes(20));
            world.network().mend();
            await(world, "a slot again", () -> hidden.relays.relays().contains(relay.id()));
        });
    }

    @Test
    void circuitThatTheRelayCutsIsDialedAnew() {
        SimulatedWorld.run(31, world -> {
            Peer relay = Peer.start(world, "relay");
            RelayServer server = relay.relay(RelayLimits.defaults()
                    .with(limits -> limits.circuitTime(Duration.ofMinutes(2)).circuitBytesMax(131_072)));
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, relay);
            Peer caller = Peer.start(world, "caller");
            caller.host.addressBook().add(hidden.id(), hidden.host.addresses(), Duration.ofHours(9));
            exchange(world, caller.host, hidden.id(), 50_000);
            assertThatThrownBy(() -> exchange(world, caller.host, hidden.id(), 100_000))
                    .as("more bytes than a circuit may carry")
                    .isInstanceOf(IOException.class);
            exchange(world, caller.host, hidden.id(), 50_000);
            world.clock().sleep(Duration.ofMinutes(3));
            assertThat(caller.host.connectedPeers()).as("cut by time").doesNotContain(hidden.id());
            assertThat(server.circuits()).isZero();
            exchange(world, caller.host, hidden.id(), 50_000);
        });
    }

    @Test
    void relayRefusesWhomItDoesNotKnow() {
        SimulatedWorld.run(41, world -> {
            Peer relay = Peer.start(world, "relay");
            relay.relay(RelayLimits.defaults()
                    .with(limits -> limits.reservationsMax(1).reservationsPerAddressMax(1)));
            Peer other = Peer.start(world, "other");
            Peer caller = Peer.start(world, "caller");
            other.host.connect(relay.address(), world.within(SOON));
            Multiaddr circuit = relay.address().then(RelayProtocol.CIRCUIT);
            assertThatThrownBy(() ->
                            caller.host.connect(circuit.withPeer(other.id().bytes()), world.within(SOON)))
                    .hasMessageContaining("no reservation");
            other.relays.keepReservations(List.of());
            assertThat(other.relays.awaitReservation(world.within(SOON))).isTrue();
            caller.host.connect(circuit.withPeer(other.id().bytes()), world.within(SOON));
            Peer late = Peer.start(world, "late");
            late.host.connect(relay.address(), world.within(SOON));
            late.relays.keepReservations(List.of());
            assertThat(late.relays.awaitReservation(world.within(SOON)))
                    .as("the only slot is taken")
                    .isFalse();
        });
    }

    @Test
    void circuitIsTakenFromAChosenRelayOnly() {
        SimulatedWorld.run(42, world -> {
            Peer relay = Peer.start(world, "relay");
            relay.relay(RelayLimits.defaults());
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, relay);
            Peer stranger = Peer.start(world, "stranger");
            hidden.host.connect(stranger.address(), world.within(SOON));
            await(
                    world,
                    "the connection there",
                    () -> stranger.host.connectedPeers().contains(hidden.id()));
            try (Stream stream = stranger.host.open(hidden.id(), RelayProtocol.STOP, world.within(SOON))) {
                byte[] request =
                        RelayMessages.encode(new RelayMessages.Stop.Connect(stranger.id(), java.util.Optional.empty()));
                RelayProtocol.write(stream, request, world.within(SOON));
                byte[] answer = corolla.p2p.internal.Delimited.read(stream, 100, "answer", world.within(SOON));
                assertThat(RelayMessages.decodeStop(answer))
                        .isEqualTo(new RelayMessages.Stop.Answer(RelayStatus.PERMISSION_DENIED.code()));
            }
        });
    }

    @Test
    void oneSeedGivesOneRun() {
        SimulatedWorld.assertReplays(7, 3, world -> {
            Peer relay = Peer.start(world, "relay");
            relay.relay(RelayLimits.defaults());
            Peer hidden = Peer.start(world, "hidden");
            hidden.hide(world, relay);
            Peer caller = Peer.start(world, "caller");
            caller.host.addressBook().add(hidden.id(), hidden.host.addresses(), SOON);
            exchange(world, caller.host, hidden.id(), 20_000);
        });
    }
}
