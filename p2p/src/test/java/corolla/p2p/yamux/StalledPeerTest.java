package corolla.p2p.yamux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.task.TaskScope;
import corolla.base.time.Clock;
import corolla.base.time.Deadline;
import corolla.base.time.DeadlineException;
import corolla.base.transport.ByteStream;
import corolla.base.transport.Endpoint;
import corolla.p2p.noise.SecureChannel;
import corolla.p2p.noise.TestChannels;
import corolla.p2p.testing.MemoryStream;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A peer whose socket takes nothing any more, in virtual time. */
class StalledPeerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** Stalls when told to. */
    private static final class Stalling implements ByteStream {
        private final ByteStream stream;
        private final Clock clock;
        private volatile boolean isStalled;

        Stalling(ByteStream stream, Clock clock) {
            this.stream = stream;
            this.clock = clock;
        }

        @Override
        public int read(byte[] into, int from, int count, Deadline deadline) throws IOException, InterruptedException {
            return stream.read(into, from, count, deadline);
        }

        @Override
        public void write(byte[] bytes, int from, int count, Deadline deadline)
                throws IOException, InterruptedException {
            if (isStalled) {
                clock.sleep(deadline.remaining(clock));
                throw new DeadlineException("stalled");
            }
            stream.write(bytes, from, count, deadline);
        }

        @Override
        public Endpoint remote() {
            return stream.remote();
        }

        @Override
        public Endpoint local() {
            return stream.local();
        }

        @Override
        public void close() {
            stream.close();
        }
    }

    private static void inSession(long seed, Story story) {
        SimulatedWorld.run(seed, world -> {
            Clock clock = world.clock();
            List<? extends ByteStream> pair = MemoryStream.pair(clock);
            Stalling stalling = new Stalling(pair.getFirst(), clock);
            List<SecureChannel> channels = List.of(TestChannels.client(stalling), TestChannels.server(pair.getLast()));
            try (TaskScope scope = world.tasks().open("sessions")) {
                SessionRunner runner = new SessionRunner(clock, scope, new MemoryBudget(1 << 30));
                Yamux ours = runner.start(channels.get(0), true, YamuxStream::reset);
                Yamux theirs = runner.start(channels.get(1), false, stream -> {});
                world.clock().sleep(Duration.ofSeconds(1));
                story.tell(world, ours, stalling);
                ours.end("test is over");
                theirs.end("test is over");
            }
        });
    }

    private interface Story {
        void tell(SimulatedWorld world, Yamux ours, Stalling stalling) throws Exception;
    }

    private static Duration timeToGiveUp(SimulatedWorld world, YamuxStream stream) {
        long start = world.clock().nanoTime();
        assertThatThrownBy(() -> stream.write(new byte[1000], 0, 1000, world.within(PATIENCE)))
                .isInstanceOf(IOException.class);
        return Duration.ofNanos(world.clock().nanoTime() - start);
    }

    @Test
    void callerWhoWritesItselfGivesUpAtItsDeadline() {
        inSession(1, (world, ours, stalling) -> {
            YamuxStream stream = ours.open(world.within(PATIENCE));
            stalling.isStalled = true;
            assertThat(timeToGiveUp(world, stream)).isBetween(PATIENCE, PATIENCE.plusMillis(100));
        });
    }

    @Test
    void callerLeavesTheWritingToTheWriterWhenMuchIsOnItsWay() {
        inSession(2, (world, ours, stalling) -> {
            YamuxStream stream = ours.open(world.within(PATIENCE));
            for (int i = 0; i < 40; i++) { // and nothing comes back
                stream.write(new byte[1000], 0, 1000, world.within(PATIENCE));
            }
            stalling.isStalled = true;
            stream.write(new byte[1000], 0, 1000, world.within(PATIENCE)); // staged, and stuck in the writer
            assertThat(timeToGiveUp(world, stream)).isBetween(PATIENCE, PATIENCE.plusMillis(100));
            assertThat(ours.isOpen())
                    .as("nobody's deadline but the writer's ends the connection")
                    .isTrue();
        });
    }
}
