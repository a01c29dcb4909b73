package corolla.p2p.yamux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.RealEnvironment;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.p2p.P2pLimits;
import corolla.p2p.StreamResetException;
import corolla.p2p.noise.SecureChannel;
import corolla.p2p.noise.TestChannels;
import corolla.p2p.testing.MemoryStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two sessions over a stream in memory, with their threads. */
@Timeout(60)
class YamuxTest {
    private RealEnvironment real;
    private Clock clock;
    private TaskScope scope;
    private Yamux client;
    private Yamux server;
    private final MemoryBudget budget = new MemoryBudget(P2pLimits.defaults().unreadBytesMax());
    private final LinkedBlockingQueue<YamuxStream> accepted = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() {
        real = RealEnvironment.create(1);
        clock = real.environment().clock();
        scope = real.environment().tasks().open("test");
        List<SecureChannel> channels = TestChannels.over(MemoryStream.pair(clock));
        SessionRunner runner = new SessionRunner(clock, scope, budget);
        client = runner.start(channels.get(0), true, YamuxStream::reset);
        server = runner.start(channels.get(1), false, accepted::add);
    }

    @AfterEach
    void stop() {
        client.end("test is over");
        server.end("test is over");
        scope.close();
        real.close();
    }

    private Deadline soon() {
        return Deadline.after(clock, Duration.ofSeconds(20));
    }

    private Deadline moment() {
        return Deadline.after(clock, Duration.ofMillis(30));
    }

    private YamuxStream accept() throws InterruptedException {
        return accepted.take();
    }

    private static byte[] random(int seed, int count) {
        byte[] bytes = new byte[count];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private byte[] readAll(YamuxStream stream) throws IOException, InterruptedException {
        var all = new java.io.ByteArrayOutputStream();
        byte[] some = new byte[70_000];
        for (int count; (count = stream.read(some, 0, some.length, soon())) >= 0; ) {
            all.write(some, 0, count);
        }
        return all.toByteArray();
    }

    @Test
    void manyStreamsCarryTheirBytesAtOnce() throws Exception {
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            byte[] sent = random(i, i % 4 == 0 ? 900_000 : 10 + i * 1000);
            tasks.add(scope.fork("client " + i, () -> {
                YamuxStream stream = client.open(soon());
                stream.write(sent, 0, sent.length, soon());
                stream.closeWrite();
                assertThat(readAll(stream)).isEqualTo(sent);
                stream.close();
                return null;
            }));
        }
        for (int i = 0; i < 40; i++) {
            YamuxStream stream = accept();
            tasks.add(scope.fork("server " + i, () -> {
                byte[] received = readAll(stream);
                stream.write(received, 0, received.length, soon());
                stream.close();
                return null;
            }));
        }
        for (Task<?> task : tasks) {
            task.await(soon());
        }
        assertThat(budget.used()).isZero();
    }

    @Test
    void writerWaitsForWindowUntilItsDeadline() throws Exception {
        YamuxStream stream = client.open(soon());
        byte[] much = new byte[300_000];
        assertThatThrownBy(() -> stream.write(much, 0, much.length, moment()))
                .isInstanceOf(DeadlineException.class)
                .hasMessageContaining("37856 bytes were not sent in time")
                .hasMessageContaining("grants no window");
        assertThat(budget.used()).isLessThanOrEqualTo(262_144);
    }

    @Test
    void readerWaitsUntilItsDeadline() throws Exception {
        YamuxStream stream = client.open(soon());
        assertThatThrownBy(() -> stream.read(new byte[1], 0, 1, moment())).isInstanceOf(DeadlineException.class);
    }

    @Test
    void bytesBeforeAResetStayReadable() throws Exception {
        YamuxStream stream = client.open(soon());
        stream.write(new byte[] {1, 2, 3}, 0, 3, soon());
        YamuxStream there = accept();
        CountDownLatch ended = new CountDownLatch(1);
        there.onRemoteEnd(ended::countDown);
        stream.reset();
        ended.await();
        byte[] some = new byte[9];
        assertThat(there.read(some, 0, 9, soon())).isEqualTo(3);
        assertThatThrownBy(() -> there.read(some, 0, 9, soon()))
                .isInstanceOf(StreamResetException.class)
                .hasMessageContaining("reset by the remote");
        assertThatThrownBy(() -> there.write(some, 0, 9, soon())).isInstanceOf(StreamResetException.class);
        assertThat(there.isRemoteEnded()).isTrue();
    }

    @Test
    void resetAfterFinIsStillAnOrdinaryEnd() throws Exception {
        YamuxStream stream = client.open(soon());
        stream.write(new byte[] {1}, 0, 1, soon());
        YamuxStream there = accept();
        stream.closeWrite();
        assertThat(readAll(there)).hasSize(1);
        stream.reset();
        awaitReset(there);
        assertThat(there.read(new byte[1], 0, 1, soon())).isEqualTo(-1);
    }

    /** Until a write fails. */
    private void awaitReset(YamuxStream stream) throws IOException, InterruptedException {
        Deadline deadline = soon();
        while (!deadline.isOver(clock)) {
            try {
                stream.write(new byte[1], 0, 1, soon());
                clock.sleep(Duration.ofMillis(1));
            } catch (StreamResetException e) {
                return;
            }
        }
    }

    @Test
    void remoteEndIsTold() throws Exception {
        YamuxStream stream = client.open(soon());
        stream.write(new byte[] {1}, 0, 1, soon());
        YamuxStream there = accept();
        assertThat(there.isRemoteEnded()).isFalse();
        CountDownLatch told = new CountDownLatch(1);
        there.onRemoteEnd(told::countDown);
        stream.close();
        told.await();
        assertThat(there.isRemoteEnded()).isTrue();
        CountDownLatch atOnce = new CountDownLatch(1);
        there.onRemoteEnd(atOnce::countDown);
        atOnce.await();
    }

    @Test
    void lostConnectionWakesEverybody() throws Exception {
        YamuxStream reading = client.open(soon());
        YamuxStream writing = client.open(soon());
        reading.write(new byte[] {1}, 0, 1, soon());
        Task<Integer> reader = scope.fork("reader", () -> reading.read(new byte[1], 0, 1, soon()));
        Task<Integer> writer = scope.fork("writer", () -> {
            writing.write(new byte[500_000], 0, 500_000, soon());
            return 0;
        });
        accept();
        server.end("crash");
        assertThatThrownBy(() -> reader.await(soon()))
                .isInstanceOf(StreamResetException.class)
                .hasMessageContaining("is lost");
        assertThatThrownBy(() -> writer.await(soon())).isInstanceOf(StreamResetException.class);
        assertThatThrownBy(() -> client.open(soon())).isInstanceOf(StreamResetException.class);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void pingsAreAnsweredWhileBulkDataFlows() throws Exception {
        YamuxStream stream = client.open(soon());
        Task<Integer> bulk = scope.fork("bulk", () -> {
            byte[] bytes = new byte[64 << 20];
            stream.write(bytes, 0, bytes.length, soon());
            stream.closeWrite();
            return 0;
        });
        YamuxStream there = accept();
        byte[] some = new byte[1 << 20];
        long total = 0;
        for (int count; (count = there.read(some, 0, some.length, soon())) >= 0; ) {
            total += count;
        }
        bulk.await(soon());
        assertThat(total).isEqualTo(64 << 20);
        assertThat(there.state.windowSize).isGreaterThan(YamuxMessages.WINDOW_BYTES);
    }

    @Test
    void interruptedWriterLeavesTheSessionWhole() throws Exception {
        YamuxStream stuck = client.open(soon());
        Task<Integer> writer = scope.fork("stuck", () -> {
            stuck.write(new byte[500_000], 0, 500_000, soon());
            return 0;
        });
        YamuxStream there = accept();
        there.read(new byte[1], 0, 1, soon());
        writer.cancel();
        assertThatThrownBy(() -> writer.await(soon())).hasCauseInstanceOf(InterruptedException.class);
        stuck.reset();
        YamuxStream other = client.open(soon());
        other.write(new byte[] {7}, 0, 1, soon());
        byte[] one = new byte[1];
        assertThat(accept().read(one, 0, 1, soon())).isEqualTo(1);
        assertThat(one[0]).isEqualTo((byte) 7);
    }
}
