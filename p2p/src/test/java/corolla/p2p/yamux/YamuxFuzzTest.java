package corolla.p2p.yamux;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.RealEnvironment;
import corolla.base.time.Clock;
import corolla.p2p.P2pLimits;
import corolla.p2p.noise.TestChannels;
import corolla.p2p.testing.Mutations;
import corolla.p2p.testing.ScriptedStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Sessions whose remote sends one damaged frame among good ones, so that each mutant is really taken apart: each session ends in an
 * {@code IOException} or goes on, keeps no more than its limits, and allocates in proportion to what it was sent.
 */
@Timeout(600)
class YamuxFuzzTest {
    private static final int FRAMES_PER_SESSION = 10;
    private static final P2pLimits LIMITS = P2pLimits.defaults();

    @Test
    void damagedFramesCostAClosedConnectionAtMost() throws InterruptedException {
        Mutations mutations = new Mutations(31);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        int ended = 0;
        try (RealEnvironment real = RealEnvironment.create(1)) {
            Clock clock = real.environment().clock();
            session(clock, TestChannels.sealedByClient(messages(mutations)), mutations.random()); // loads the classes
            for (int mutant = 0; mutant < Mutations.count(); mutant++) {
                List<byte[]> messages = messages(mutations);
                byte[] wire = TestChannels.sealedByClient(messages);
                long before = threads.getCurrentThreadAllocatedBytes();
                ended += session(clock, wire, mutations.random()) ? 1 : 0;
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                // Each opened stream costs some objects, each chunk at least a kilobyte.
                assertThat(allocated).as("mutant " + mutant).isLessThan(400_000L + 60L * wire.length);
            }
        }
        assertThat(ended).isPositive();
    }

    /** One or several frames a message, one of them damaged. */
    private static List<byte[]> messages(Mutations mutations) {
        List<byte[]> messages = new ArrayList<>();
        int damaged = mutations.random().nextInt(FRAMES_PER_SESSION / 2);
        for (int i = 0; i < FRAMES_PER_SESSION; i++) {
            byte[] frame = goodFrame(mutations.random(), i);
            byte[] sent = i == damaged ? mutations.mutate(frame) : frame;
            if (!messages.isEmpty() && mutations.random().nextInt(3) == 0) {
                messages.add(Mutations.join(messages.removeLast(), sent));
            } else {
                messages.add(sent);
            }
        }
        return messages;
    }

    /** The first frames open streams, the others use them. */
    private static byte[] goodFrame(SplittableRandom random, int index) {
        boolean opens = index < 3;
        int stream = opens ? 2 * index + 1 : 2 * random.nextInt(3) + 1;
        int flags = opens ? YamuxMessages.SYN : random.nextInt(4) == 0 ? YamuxMessages.FIN << random.nextInt(2) : 0;
        int length = random.nextInt(4) == 0 ? random.nextInt(2000) : random.nextInt(60);
        return switch (opens ? 7 : random.nextInt(8)) {
            case 0 -> encode(new YamuxMessages.Frame.Ping(random.nextBoolean(), random.nextInt()), 0);
            case 1, 2 -> encode(new YamuxMessages.Frame.WindowUpdate(stream, flags, length), 0);
            default -> encode(new YamuxMessages.Frame.Data(stream, flags, length), length);
        };
    }

    private static byte[] encode(YamuxMessages.Frame frame, int payload) {
        byte[] bytes = new byte[YamuxMessages.HEADER_BYTES + payload];
        Arrays.fill(bytes, (byte) 0x5a);
        YamuxMessages.encode(frame, bytes, 0);
        return bytes;
    }

    /** Runs the reader to its end on this thread, with an application that reads, closes or resets now and then. */
    private static boolean session(Clock clock, byte[] wire, SplittableRandom random) throws InterruptedException {
        MemoryBudget budget = new MemoryBudget(LIMITS.unreadBytesMax());
        List<YamuxStream> opened = new ArrayList<>();
        ScriptedStream stream = new ScriptedStream(wire, 1 + random.nextInt(3000));
        Yamux.Owner owner = new Yamux.Owner() {
            @Override
            public void onInbound(YamuxStream inbound) {
                opened.add(inbound);
                use(opened.get(random.nextInt(opened.size())), random);
            }

            @Override
            public void needsWriter() {
                // what there is to write piles up to its limits
            }
        };
        Yamux session = new Yamux(clock, TestChannels.server(stream), false, LIMITS, budget, owner);
        boolean broken = false;
        try {
            session.read();
        } catch (IOException e) {
            broken = !String.valueOf(e.getMessage()).contains("closed the connection");
            assertThat(e.getMessage()).isNotNull().hasSizeLessThan(500);
        }
        assertThat(session.openStreams()).isLessThanOrEqualTo(LIMITS.streamsInboundMax());
        assertThat(budget.used()).isBetween(0L, (long) wire.length);
        session.end("fuzz session is over");
        opened.forEach(YamuxStream::close);
        assertThat(budget.used()).isZero();
        return broken;
    }

    private static void use(YamuxStream stream, SplittableRandom random) {
        switch (random.nextInt(4)) {
            case 0 -> stream.reset();
            case 1 -> stream.close();
            case 2 -> stream.closeWrite();
            default -> stream.onRemoteEnd(() -> {});
        }
    }
}
