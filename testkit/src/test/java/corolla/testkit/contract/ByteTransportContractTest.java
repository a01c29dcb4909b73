package corolla.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.Environment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.base.transport.Listener;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ByteTransportContractTest {

    /** Two connected streams and who made them. */
    private record Connection(
            Environment one, Listener listener, ByteStream dialed, ByteStream accepted, TaskScope scope) {}

    private interface Talk {
        void with(Connection connection) throws Exception;
    }

    private static void connected(Twin twin, Talk talk) throws Exception {
        twin.run((one, other, host) -> {
            try (TaskScope scope = one.tasks().open("talk");
                    Listener listener = other.transport().listen(new Endpoint("0.0.0.0", 0))) {
                int port = listener.endpoint().port();
                Task<ByteStream> accept = scope.fork("accept", listener::accept);
                try (ByteStream dialed = one.transport().dial(new Endpoint(host, port), soon(one));
                        ByteStream accepted = accept.await(soon(one))) {
                    talk.with(new Connection(one, listener, dialed, accepted, scope));
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void bytesArriveInOrderBothWays(Twin twin) throws Exception {
        connected(twin, c -> {
            byte[] sent = new byte[1 << 20];
            new Random(1).nextBytes(sent);
            Task<?> writer = c.scope.run("writer", () -> c.dialed.write(sent, 0, sent.length, soon(c.one)));
            Task<?> echo = c.scope.run("echo", () -> {
                byte[] got = readAll(c, c.accepted, sent.length);
                assertThat(got).isEqualTo(sent);
                c.accepted.write(got, 10, 20, soon(c.one));
            });
            writer.await(soon(c.one));
            echo.await(soon(c.one));
            assertThat(readAll(c, c.dialed, 20)).isEqualTo(java.util.Arrays.copyOfRange(sent, 10, 30));
        });
    }

    @ParameterizedTest
    @EnumSource
    void bothEndsKnowBothEndpoints(Twin twin) throws Exception {
        connected(twin, c -> {
            assertThat(c.dialed.remote()).isEqualTo(c.accepted.local());
            assertThat(c.dialed.local()).isEqualTo(c.accepted.remote());
            assertThat(c.dialed.remote().port()).isEqualTo(c.listener.endpoint().port());
        });
    }

    @ParameterizedTest
    @EnumSource
    void afterARemoteCloseWhatWasSentIsReadAndThenTheEnd(Twin twin) throws Exception {
        connected(twin, c -> {
            c.dialed.write(new byte[] {1, 2, 3}, 0, 3, soon(c.one));
            c.dialed.close();

            assertThat(readAll(c, c.accepted, 3)).containsExactly(1, 2, 3);
            assertThat(c.accepted.read(new byte[1], 0, 1, soon(c.one))).isEqualTo(-1);
            assertThat(c.accepted.read(new byte[1], 0, 1, soon(c.one))).isEqualTo(-1);
        });
    }

    @ParameterizedTest
    @EnumSource
    void writingToAClosedRemoteFailsSoon(Twin twin) throws Exception {
        connected(twin, c -> {
            c.accepted.close();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1000; i++) {
                            c.dialed.write(new byte[100], 0, 100, soon(c.one));
                            c.one.clock().sleep(Duration.ofMillis(1));
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(DeadlineException.class);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aReadEndsAtItsDeadlineAndTheStreamStaysUsable(Twin twin) throws Exception {
        connected(twin, c -> {
            Deadline deadline = Deadline.after(c.one.clock(), Duration.ofMillis(20));
            assertThatThrownBy(() -> c.dialed.read(new byte[1], 0, 1, deadline))
                    .isInstanceOf(DeadlineException.class)
                    .hasMessageContaining(c.dialed.remote().toString());
            assertThat(deadline.isOver(c.one.clock())).isTrue();

            c.accepted.write(new byte[] {7}, 0, 1, soon(c.one));
            assertThat(readAll(c, c.dialed, 1)).containsExactly(7);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatNobodyReadsFromFailsAtItsDeadline(Twin twin) throws Exception {
        connected(twin, c -> {
            byte[] more = new byte[64 << 20]; // than any socket buffer
            Deadline deadline = Deadline.after(c.one.clock(), Duration.ofSeconds(1));
            assertThatThrownBy(() -> c.dialed.write(more, 0, more.length, deadline))
                    .isInstanceOf(DeadlineException.class)
                    .hasMessageContaining(c.dialed.remote().toString());
            assertThat(Deadline.after(c.one.clock(), Duration.ZERO).nanoTime() - deadline.nanoTime())
                    .isLessThan(Duration.ofSeconds(10).toNanos());
            assertThatThrownBy(() -> c.dialed.write(new byte[1], 0, 1, soon(c.one)))
                    .isInstanceOf(IOException.class);
        });
    }

    @ParameterizedTest
    @EnumSource
    void closingEndsAReader(Twin twin) throws Exception {
        connected(twin, c -> {
            Task<Integer> reader =
                    c.scope.fork("reader", () -> c.dialed.read(new byte[1], 0, 1, Deadline.never(c.one.clock())));
            c.one.clock().sleep(Duration.ofMillis(5));
            c.dialed.close();
            c.dialed.close();
            assertThatThrownBy(() -> reader.await(soon(c.one))).isInstanceOf(IOException.class);
        });
    }

    @ParameterizedTest
    @EnumSource
    void interruptionEndsAReaderAndItsStream(Twin twin) throws Exception {
        connected(twin, c -> {
            Task<Integer> reader =
                    c.scope.fork("reader", () -> c.dialed.read(new byte[1], 0, 1, Deadline.never(c.one.clock())));
            c.one.clock().sleep(Duration.ofMillis(5));
            reader.cancel();
            assertThatThrownBy(() -> reader.await(soon(c.one)))
                    .isInstanceOf(CancellationException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
            assertThat(c.accepted.read(new byte[1], 0, 1, soon(c.one))).isEqualTo(-1);
        });
    }

    @ParameterizedTest
    @EnumSource
    void closingAListenerEndsItsAcceptor(Twin twin) throws Exception {
        connected(twin, c -> {
            Task<ByteStream> acceptor = c.scope.fork("acceptor", c.listener::accept);
            c.one.clock().sleep(Duration.ofMillis(5));
            c.listener.close();
            assertThatThrownBy(() -> acceptor.await(soon(c.one)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(c.listener.endpoint().toString());
        });
    }

    @ParameterizedTest
    @EnumSource
    void dialingWhereNobodyListensIsRefusedByName(Twin twin) throws Exception {
        twin.run((one, other, host) -> {
            Listener listener = other.transport().listen(new Endpoint("0.0.0.0", 0));
            Endpoint endpoint = new Endpoint(host, listener.endpoint().port());
            listener.close();
            assertThatThrownBy(() -> one.transport().dial(endpoint, soon(one)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(endpoint.toString());
        });
    }

    @ParameterizedTest
    @EnumSource
    void aHostKnowsItsAddressesLoopbackLast(Twin twin) throws Exception {
        twin.run((_, other, host) -> assertThat(other.transport().localAddresses())
                .contains(host)
                .doesNotHaveDuplicates()
                .last()
                .isIn("127.0.0.1", "::1", "0:0:0:0:0:0:0:1"));
    }

    @ParameterizedTest
    @EnumSource
    void aPortIsTakenOnce(Twin twin) throws Exception {
        connected(twin, c -> {
            Endpoint taken = c.listener.endpoint();
            assertThatThrownBy(() -> {
                        Environment other = c.one;
                        try (Listener first = other.transport().listen(new Endpoint("127.0.0.1", 0));
                                Listener second = other.transport().listen(first.endpoint())) {
                            throw new AssertionError("listening twice at " + second.endpoint());
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("listen");
            assertThat(taken.port()).isPositive();
        });
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownNameCannotBeDialed(Twin twin) throws Exception {
        twin.run((one, _, _) -> assertThatThrownBy(
                        () -> one.transport().dial(new Endpoint("no-such-host.invalid", 1), soon(one)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no-such-host.invalid"));
    }

    @ParameterizedTest
    @EnumSource
    void aDeadlineThatIsOverFailsAtOnce(Twin twin) throws Exception {
        connected(twin, c -> {
            Deadline over = Deadline.after(c.one.clock(), Duration.ofNanos(-1));
            assertThatThrownBy(() -> c.dialed.read(new byte[1], 0, 1, over)).isInstanceOf(DeadlineException.class);
            assertThatThrownBy(() -> c.dialed.write(new byte[1], 0, 1, over)).isInstanceOf(DeadlineException.class);
            assertThatThrownBy(() -> c.one.transport().dial(c.accepted.local(), over))
                    .isInstanceOf(DeadlineException.class);
        });
    }

    private static byte[] readAll(Connection c, ByteStream from, int count) throws IOException, InterruptedException {
        byte[] bytes = new byte[count];
        for (int filled = 0; filled < count; ) {
            int read = from.read(bytes, filled, count - filled, soon(c.one));
            assertThat(read).isBetween(1, count - filled);
            filled += read;
        }
        return bytes;
    }

    private static Deadline soon(Environment environment) {
        return Deadline.after(environment.clock(), Duration.ofSeconds(20));
    }
}
