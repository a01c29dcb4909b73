package corolla.p2p.rpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.testing.SimulatedPeer;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RpcTest {
    private static final String ECHO = "EchoService.rpc_echo";
    private static final Duration SOON = Duration.ofSeconds(20);

    /** Two connected peers: a caller and a callee. */
    private interface Story {
        void tell(SimulatedWorld world, SimulatedPeer caller, SimulatedPeer callee) throws Exception;
    }

    private static void run(RpcLimits limits, Story story) {
        SimulatedWorld.run(1, world -> {
            SimulatedPeer caller = SimulatedPeer.start(world, "caller", limits);
            SimulatedPeer callee = SimulatedPeer.start(world, "callee", limits);
            caller.host().connect(callee.address(), world.within(SOON));
            story.tell(world, caller, callee);
        });
    }

    private static void run(Story story) {
        run(RpcLimits.defaults(), story);
    }

    @Test
    void unaryAnswerComesBack() {
        run((world, caller, callee) -> {
            callee.rpc().handleUnary(ECHO, (context, request) -> {
                assertThat(context.peer()).isEqualTo(caller.id());
                assertThat(context.name()).isEqualTo(ECHO);
                return request;
            });
            for (int size : new int[] {0, 1, 1000, 300_000, (4 << 20) - Rpc.ENVELOPE_BYTES_MAX}) {
                byte[] request = new byte[size];
                Arrays.fill(request, (byte) size);
                assertThat(caller.rpc().callUnary(callee.id(), ECHO, request, world.within(SOON)))
                        .isEqualTo(request);
            }
        });
    }

    @Test
    void tooLargeARequestIsRefusedBeforeSending() {
        run((world, caller, callee) -> assertThatThrownBy(
                        () -> caller.rpc().callUnary(callee.id(), ECHO, new byte[4 << 20], world.within(SOON)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4194304")
                .hasMessageContaining(ECHO));
    }

    @Test
    void tooLargeAResponseIsAnError() {
        run((world, caller, callee) -> {
            callee.rpc().handleUnary(ECHO, (context, request) -> new byte[4 << 20]);
            assertThatThrownBy(() -> caller.rpc().callUnary(callee.id(), ECHO, new byte[0], world.within(SOON)))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("RuntimeError('the response of 4194304 bytes exceeds");
        });
    }

    @Test
    void unaryErrorLooksLikePython() {
        run((world, caller, callee) -> {
            callee.rpc().handleUnary(ECHO, (context, request) -> {
                throw new IllegalArgumentException("boom");
            });
            assertThatThrownBy(() -> caller.rpc().callUnary(callee.id(), ECHO, new byte[0], world.within(SOON)))
                    .isInstanceOfSatisfying(
                            RemoteException.class, e -> assertThat(e.text()).isEqualTo("ValueError('boom')"))
                    .hasMessageContaining(callee.id().shortForm());
        });
    }

    @Test
    void unknownMethodIsNotSupported() {
        run((world, caller, callee) -> assertThatThrownBy(
                        () -> caller.rpc().callUnary(callee.id(), "No.such", new byte[0], world.within(SOON)))
                .isInstanceOf(ProtocolNotSupportedException.class)
                .hasMessageContaining("No.such"));
    }

    @Test
    void unaryDeadlineCancelsTheHandler() {
        run((world, caller, callee) -> {
            AtomicBoolean interrupted = new AtomicBoolean();
            AtomicBoolean cancelled = new AtomicBoolean();
            callee.rpc().handleUnary(ECHO, (context, request) -> {
                try {
                    callee.environment().clock().sleep(Duration.ofHours(1));
                } catch (InterruptedException e) {
                    interrupted.set(true);
                    cancelled.set(context.cancelled());
                }
                return request;
            });
            assertThatThrownBy(() ->
                            caller.rpc().callUnary(callee.id(), ECHO, new byte[0], world.within(Duration.ofSeconds(3))))
                    .isInstanceOf(DeadlineException.class);
            world.clock().sleep(Duration.ofSeconds(2));
            assertThat(interrupted).isTrue();
            assertThat(cancelled).isTrue();
            assertThat(callee.rpc().callsServed()).isZero();
        });
    }

    @Test
    void callerThatCrashesCancelsTheHandler() {
        run((world, caller, callee) -> {
            AtomicBoolean cancelled = new AtomicBoolean();
            callee.rpc().handleStream(ECHO, (context, requests, responses) -> {
                try {
                    callee.environment().clock().sleep(Duration.ofHours(1));
                } finally {
                    cancelled.set(context.cancelled());
                }
            });
            RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON));
            call.send(new byte[10], world.within(SOON));
            world.clock().sleep(Duration.ofSeconds(2));
            caller.node().crash();
            world.clock().sleep(Duration.ofSeconds(2));
            assertThat(cancelled).isTrue();
        });
    }

    @Test
    void callsAboveTheLimitOfOnePeerAreRefusedWithAReason() {
        run(
                RpcLimits.defaults().with(limits -> limits.callsServedMax(4).callsServedPerPeerMax(2)),
                (world, caller, callee) -> {
                    callee.rpc().handleUnary(ECHO, (context, request) -> {
                        callee.environment().clock().sleep(Duration.ofSeconds(5));
                        return request;
                    });
                    AtomicInteger answered = new AtomicInteger();
                    List<String> refusals = new ArrayList<>();
                    try (TaskScope scope = world.tasks().open("calls")) {
                        List<Task<Boolean>> tasks = new ArrayList<>();
                        for (int i = 0; i < 3; i++) {
                            tasks.add(scope.fork("call " + i, () -> {
                                try {
                                    caller.rpc().callUnary(callee.id(), ECHO, new byte[1], world.within(SOON));
                                    answered.incrementAndGet();
                                } catch (RemoteException e) {
                                    refusals.add(e.text());
                                }
                                return true;
                            }));
                        }
                        for (Task<Boolean> task : tasks) {
                            assertThat(task.await(world.within(SOON))).isTrue();
                        }
                    }
                    assertThat(answered).hasValue(2);
                    assertThat(refusals)
                            .singleElement()
                            .asString()
                            .contains(
                                    "RuntimeError('too many calls at once from this peer: callsServedPerPeerMax is 2");
                });
    }

    @Test
    void streamCarriesMessagesBothWaysAndEndsNormally() {
        run((world, caller, callee) -> {
            serveEchoStream(callee);
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                for (int size : new int[] {0, 1, 7000, 100_000, 3_000_000}) {
                    byte[] message = new byte[size];
                    Arrays.fill(message, (byte) 7);
                    call.send(message, world.within(SOON));
                    assertThat(call.receive(world.within(SOON))).isEqualTo(message);
                }
                call.endRequests(world.within(SOON));
                call.endRequests(world.within(SOON));
                assertThat(call.receive(world.within(SOON))).isNull();
                assertThat(call.receive(world.within(SOON))).isNull();
                assertThatThrownBy(() -> call.send(new byte[1], world.within(SOON)))
                        .isInstanceOf(IllegalStateException.class);
            }
        });
    }

    private static void serveEchoStream(SimulatedPeer callee) {
        callee.rpc().handleStream(ECHO, (context, requests, responses) -> {
            while (true) {
                Deadline deadline = Deadline.after(callee.environment().clock(), SOON);
                byte[] request = requests.receive(deadline);
                if (request == null) {
                    return;
                }
                responses.send(request, deadline);
            }
        });
    }

    @Test
    void streamErrorArrivesAfterTheResponsesBeforeIt() {
        run((world, caller, callee) -> {
            callee.rpc().handleStream(ECHO, (context, requests, responses) -> {
                responses.send(
                        "one".getBytes(UTF_8),
                        Deadline.after(callee.environment().clock(), SOON));
                throw new IllegalStateException("thirteen");
            });
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                call.send(new byte[1], world.within(SOON));
                assertThat(call.receive(world.within(SOON))).asString().isEqualTo("one");
                assertThatThrownBy(() -> call.receive(world.within(SOON)))
                        .isInstanceOfSatisfying(
                                RemoteException.class, e -> assertThat(e.text()).isEqualTo("thirteen"));
            }
        });
    }

    @Test
    void closingAStreamEarlyCancelsTheHandler() {
        run((world, caller, callee) -> {
            AtomicBoolean cancelled = new AtomicBoolean();
            callee.rpc().handleStream(ECHO, (context, requests, responses) -> {
                try {
                    callee.environment().clock().sleep(Duration.ofHours(1));
                } finally {
                    cancelled.set(context.cancelled());
                }
            });
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                call.send(new byte[1], world.within(SOON));
                call.endRequests(world.within(SOON));
                world.clock().sleep(Duration.ofSeconds(1));
                assertThat(callee.rpc().callsServed()).isOne();
            }
            world.clock().sleep(Duration.ofSeconds(1));
            assertThat(cancelled).isTrue();
            assertThat(callee.rpc().callsServed()).isZero();
        });
    }

    @Test
    void receiveGoesOnAfterADeadline() {
        run((world, caller, callee) -> {
            callee.rpc().handleStream(ECHO, (context, requests, responses) -> {
                callee.environment().clock().sleep(Duration.ofSeconds(5));
                responses.send(
                        new byte[200_000], Deadline.after(callee.environment().clock(), SOON));
            });
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                call.endRequests(world.within(SOON));
                assertThatThrownBy(() -> call.receive(world.within(Duration.ofSeconds(1))))
                        .isInstanceOf(DeadlineException.class);
                assertThat(call.receive(world.within(SOON))).hasSize(200_000);
                assertThat(call.receive(world.within(SOON))).isNull();
            }
        });
    }

    @Test
    void senderWaitsWhileNobodyReceives() {
        run((world, caller, callee) -> {
            callee.rpc()
                    .handleStream(
                            ECHO,
                            (context, requests, responses) ->
                                    callee.environment().clock().sleep(Duration.ofSeconds(10)));
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                assertThatThrownBy(() -> {
                            for (int i = 0; i < 100; i++) {
                                call.send(new byte[1 << 20], world.within(Duration.ofSeconds(3)));
                            }
                        })
                        .isInstanceOf(DeadlineException.class);
            }
        });
    }

    @Test
    void callerThatStillSendsWhenTheHandlerIsDoneGetsTheResponses() {
        run((world, caller, callee) -> {
            callee.rpc().handleStream(ECHO, (context, requests, responses) -> {
                Deadline deadline = Deadline.after(callee.environment().clock(), SOON);
                responses.send(new byte[] {42}, deadline);
            });
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                for (int i = 0; i < 5; i++) {
                    call.send(new byte[400_000], world.within(SOON));
                }
                call.endRequests(world.within(SOON));
                assertThat(call.receive(world.within(SOON))).containsExactly(42);
                assertThat(call.receive(world.within(SOON))).isNull();
            }
        });
    }

    @Test
    void messageAboveTheLimitEndsTheCall() {
        run((world, caller, callee) -> {
            Rpc small = new Rpc(
                    callee.environment(), callee.host(), RpcLimits.defaults().withFrameBytesMax(1024));
            AtomicBoolean failed = new AtomicBoolean();
            small.handleStream(ECHO, (context, requests, responses) -> {
                assertThatThrownBy(() -> requests.receive(
                                Deadline.after(callee.environment().clock(), SOON)))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("2000 bytes exceeds 1024");
                failed.set(true);
            });
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                call.send(new byte[2000], world.within(SOON));
                assertThat(call.receive(world.within(SOON))).isNull();
            }
            assertThat(failed).isTrue();
        });
    }

    @Test
    void closingEndsCallsAndServesNoMore() {
        run((world, caller, callee) -> {
            callee.rpc().handleUnary(ECHO, (context, request) -> {
                callee.environment().clock().sleep(Duration.ofHours(1));
                return request;
            });
            try (TaskScope scope = world.tasks().open("call")) {
                Task<Boolean> failed = scope.fork("call", () -> {
                    try {
                        caller.rpc().callUnary(callee.id(), ECHO, new byte[1], world.within(SOON));
                        return false;
                    } catch (IOException e) {
                        return true;
                    }
                });
                world.clock().sleep(Duration.ofSeconds(2));
                callee.rpc().close();
                assertThat(failed.await(world.within(SOON))).isTrue();
            }
            assertThatThrownBy(() -> caller.rpc().callUnary(callee.id(), ECHO, new byte[1], world.within(SOON)))
                    .isInstanceOf(ProtocolNotSupportedException.class);
        });
    }

    @Test
    void theSameSeedGivesTheSameRun() {
        SimulatedWorld.assertReplays(3, 3, world -> {
            SimulatedPeer caller = SimulatedPeer.start(world, "caller");
            SimulatedPeer callee = SimulatedPeer.start(world, "callee");
            callee.rpc().handleUnary(ECHO, (context, request) -> request);
            serveEchoStream(callee);
            caller.host().connect(callee.address(), world.within(SOON));
            try (RpcCall call = caller.rpc().openStream(callee.id(), ECHO, world.within(SOON))) {
                call.send(new byte[500_000], world.within(SOON));
                assertThat(call.receive(world.within(SOON))).hasSize(500_000);
            }
        });
    }
}
