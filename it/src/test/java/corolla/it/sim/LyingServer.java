package corolla.it.sim;

import corolla.base.Environment;
import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.p2p.rpc.RpcContext;
import corolla.p2p.rpc.RpcSink;
import corolla.p2p.rpc.RpcSource;
import corolla.swarm.ModelRecord;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerInfo;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.directory.Announcer;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.ExpertResponse;
import corolla.swarm.protocol.PushSupport;
import corolla.swarm.protocol.ServerVersion;
import corolla.swarm.protocol.ServiceNames;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** A node that announces blocks as a server does, better than all others, and does not do what it says. Confined to its tasks. */
final class LyingServer {
    /** So that every client tries it. */
    private static final double CLAIMED_RPS = 1e6;

    private static final Duration EVER = Duration.ofHours(1);

    /** How it lies. */
    enum Lie {
        /** It serves nothing at all. */
        FALSE_ANNOUNCEMENT,
        /** Its record says it will be there for hours; it is not even there now. */
        STALE_RECORD,
        /** It takes requests and never answers. */
        SILENCE,
        /** Bytes that are no message. */
        GARBAGE,
        /** Hidden states of another size. */
        WRONG_SHAPE,
        /** Hidden states that are not numbers. */
        NOT_A_NUMBER,
        /** Hidden states beyond all measure. */
        ABSURD,
        /** Messages with no end. */
        FLOOD
    }

    private final Environment environment;
    private final Lie lie;
    private final RandomGenerator random;

    private LyingServer(Environment environment, Lie lie) {
        this.environment = environment;
        this.lie = lie;
        this.random = environment.randoms().stream("lies");
    }

    static Lie draw(RandomGenerator random) {
        return Lie.values()[random.nextInt(Lie.values().length)];
    }

    /** Announces itself once, for hours. */
    static void start(Environment environment, List<Multiaddr> initialPeers, Span span, Lie lie, TinyModel model)
            throws IOException, InterruptedException {
        SwarmNode node = SwarmNode.start(environment, initialPeers, Reach.OPEN);
        LyingServer server = new LyingServer(environment, lie);
        if (lie != Lie.FALSE_ANNOUNCEMENT && lie != Lie.STALE_RECORD) {
            node.rpc().handleStream(ServiceNames.INFERENCE, server::answer);
        }
        new Announcer(node.dht(), TinyModel.PREFIX, new ModelRecord(model.spec().blockCount(), null), EVER)
                .announce(span, info(span), Deadline.after(environment.clock(), Duration.ofMinutes(1)));
        if (lie == Lie.STALE_RECORD) {
            node.close();
        }
    }

    private static ServerInfo info(Span span) {
        ServerDetails details = ServerDetails.builder()
                .span(span)
                .version(ServerVersion.PETALS)
                .networkRps(CLAIMED_RPS)
                .forwardRps(CLAIMED_RPS)
                .inferenceRps(CLAIMED_RPS)
                .torchDtype("float32")
                .quantType("none")
                .usingRelay(false)
                .cacheTokensLeft(1L << 30)
                .extension(PushSupport.EXTENSION, new Pack.Int(PushSupport.VERSION))
                .build();
        return new ServerInfo(ServerState.ONLINE, CLAIMED_RPS, details);
    }

    private void answer(RpcContext context, RpcSource requests, RpcSink responses)
            throws IOException, InterruptedException {
        while (true) {
            byte[] bytes = requests.receive(Deadline.after(environment.clock(), EVER));
            if (bytes == null) {
                return;
            }
            switch (lie) {
                case SILENCE -> environment.clock().sleep(EVER);
                case FLOOD -> flood(responses);
                default -> send(responses, lie(bytes));
            }
        }
    }

    private void flood(RpcSink responses) throws IOException, InterruptedException {
        byte[] garbage = new byte[100_000];
        while (true) {
            send(responses, garbage);
            environment.clock().sleep(Duration.ofMillis(10));
        }
    }

    private void send(RpcSink responses, byte[] message) throws IOException, InterruptedException {
        responses.send(message, Deadline.after(environment.clock(), Duration.ofMinutes(1)));
    }

    private byte[] lie(byte[] request) throws ProtocolException {
        if (lie == Lie.GARBAGE) {
            byte[] garbage = new byte[1 + random.nextInt(500)];
            random.nextBytes(garbage);
            return garbage;
        }
        ExpertRequest asked = ExpertMessages.readRequest(request);
        if (asked.tensors().isEmpty()) {
            return new byte[0];
        }
        long[] sizes = asked.tensors().getFirst().sizes();
        if (lie == Lie.WRONG_SHAPE) {
            sizes[random.nextInt(sizes.length)]++;
        }
        float value = lie == Lie.NOT_A_NUMBER ? Float.NaN : lie == Lie.ABSURD ? 1e30f : 0.5f;
        return ExpertMessages.write(ExpertResponse.of(tensor(sizes, value)));
    }

    private static WireTensor tensor(long[] sizes, float value) {
        int count = Math.toIntExact(Arrays.stream(sizes).reduce(1, (one, other) -> one * other));
        ByteBuffer floats = ByteBuffer.allocate(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            floats.putFloat(value);
        }
        return WireTensor.of(floats.array(), "float32", Compression.NONE, sizes);
    }
}
