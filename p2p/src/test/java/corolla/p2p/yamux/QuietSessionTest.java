package corolla.p2p.yamux;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.p2p.noise.SecureChannel;
import corolla.p2p.noise.TestChannels;
import corolla.p2p.testing.MemoryStream;
import corolla.testkit.SimulatedWorld;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a session holds when nothing is said any more, in virtual time. */
class QuietSessionTest {
    private static final int IDLE_BYTES = 300;

    @Test
    void silentSessionGivesItsBuffersBackAndGoesOnAsBefore() {
        SimulatedWorld.run(1, world -> {
            Clock clock = world.clock();
            List<SecureChannel> channels = TestChannels.over(MemoryStream.pair(clock));
            List<YamuxStream> accepted = new ArrayList<>();
            try (TaskScope scope = world.tasks().open("sessions")) {
                SessionRunner runner = new SessionRunner(clock, scope, new MemoryBudget(1 << 30));
                Yamux client = runner.start(channels.get(0), true, YamuxStream::reset);
                Yamux server = runner.start(channels.get(1), false, accepted::add);
                for (int size : new int[] {100, 5000, 300_000}) {
                    exchange(world, client, accepted, size);
                    clock.sleep(Duration.ofMinutes(1)); // signs of life go back and forth
                    assertThat(client.bufferBytes()).isLessThan(IDLE_BYTES);
                    assertThat(server.bufferBytes()).isLessThan(IDLE_BYTES);
                }
                client.end("test is over");
                server.end("test is over");
            }
        });
    }

    @Test
    void signsOfLifeNeedNoWriter() {
        SimulatedWorld.run(2, world -> {
            List<SecureChannel> channels = TestChannels.over(MemoryStream.pair(world.clock()));
            try (TaskScope scope = world.tasks().open("sessions")) {
                SessionRunner runner = new SessionRunner(world.clock(), scope, new MemoryBudget(1 << 30));
                Yamux client = runner.start(channels.get(0), true, YamuxStream::reset);
                Yamux server = runner.start(channels.get(1), false, YamuxStream::reset);
                world.clock().sleep(Duration.ofSeconds(10));
                int writersAtFirst = runner.writers().get();
                world.clock().sleep(Duration.ofMinutes(2));
                assertThat(runner.writers()).hasValue(writersAtFirst);
                long silence = world.clock().nanoTime() - Math.min(client.receivedNanos(), server.receivedNanos());
                assertThat(Duration.ofNanos(silence)).isLessThan(Duration.ofSeconds(20));
                client.end("test is over");
                server.end("test is over");
            }
        });
    }

    private static void exchange(SimulatedWorld world, Yamux client, List<YamuxStream> accepted, int size)
            throws IOException, InterruptedException {
        byte[] sent = new byte[size];
        new SplittableRandom(size).nextBytes(sent);
        Deadline deadline = world.within(Duration.ofSeconds(10));
        YamuxStream stream = client.open(deadline);
        stream.write(sent, 0, 1, deadline);
        world.clock().sleep(Duration.ofMillis(10));
        YamuxStream there = accepted.removeFirst();
        try (TaskScope scope = world.tasks().open("writer")) {
            scope.run("writer", () -> {
                stream.write(sent, 1, size - 1, deadline);
                stream.closeWrite();
            });
            assertThat(readAll(there, deadline)).isEqualTo(sent);
        }
        there.close();
        stream.close();
    }

    private static byte[] readAll(YamuxStream stream, Deadline deadline) throws IOException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[70_000];
        for (int count; (count = stream.read(some, 0, some.length, deadline)) >= 0; ) {
            all.write(some, 0, count);
        }
        return all.toByteArray();
    }
}
