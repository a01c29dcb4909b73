package corolla.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.ProtocolException;
import corolla.base.msgpack.Pack;
import corolla.base.time.Deadline;
import corolla.dht.DhtValue;
import corolla.model.block.BlockStack;
import corolla.model.family.CheckpointException;
import corolla.model.family.ModelConfig;
import corolla.model.weights.WeightsType;
import corolla.p2p.ProtocolNotSupportedException;
import corolla.p2p.rpc.RpcCall;
import corolla.server.adapter.AdapterSource;
import corolla.server.placement.PlacementConfig;
import corolla.swarm.ChainedUid;
import corolla.swarm.ModelRecord;
import corolla.swarm.PeerSpan;
import corolla.swarm.ServerDetails;
import corolla.swarm.ServerState;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.directory.Directory;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.ServiceNames;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenAdapters;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole servers on loopback, with a DHT. */
class ServerTest {
    private static final String PREFIX = "tiny-llama";
    private static final Span ALL = new Span(0, 6);
    private static final int HIDDEN = 64;

    @TempDir
    Path folder;

    private TestSwarm swarm;
    private TestSwarm.Node client;
    private Directory directory;

    @BeforeEach
    void start() throws Exception {
        swarm = new TestSwarm(folder);
        client = swarm.join();
        directory = new Directory(client.dht, PREFIX);
    }

    @AfterEach
    void stop() throws IOException {
        swarm.close();
    }

    private static ServerConfig.Builder config() {
        return ServerConfig.builder(PREFIX)
                .throughput(1)
                .cacheTokens(64)
                .placement(PlacementConfig.defaults().withSelectionMean(Duration.ZERO))
                .publicName("tester")
                .updatePeriod(Duration.ofSeconds(30));
    }

    private List<PeerSpan> spans(ServerState minimum) throws IOException, InterruptedException {
        return directory.read(ALL, swarm.soon()).spans(minimum);
    }

    @Test
    void aServerIsFoundWithItsFactsAndLeavesAsOffline() throws Exception {
        Server server = swarm.serve(config().blocks(new Span(1, 4)));
        assertThat(server.ready()).isTrue();
        PeerSpan found = spans(ServerState.ONLINE).getFirst();
        assertThat(found.span()).isEqualTo(new Span(1, 4));
        ServerDetails details = found.info().details();
        assertThat(found.info().throughput()).isEqualTo(1.0);
        assertThat(details.version()).isEqualTo("2.3.0.dev2");
        assertThat(details.torchDtype()).isEqualTo("float32");
        assertThat(details.publicName()).isEqualTo("tester");
        assertThat(details.cacheTokensLeft()).isEqualTo(2L * 64 * 3);
        assertThat(details.extensions()).containsKey("x_corolla");
        server.close();
        assertThat(server.ready()).isFalse();
        assertThat(spans(ServerState.JOINING)).isEmpty();
        assertThat(spans(ServerState.OFFLINE)).extracting(PeerSpan::span).containsExactly(new Span(1, 4));
        assertThatThrownBy(() -> client.rpc.callUnary(found.peer(), ServiceNames.INFO, new byte[0], swarm.soon()))
                .isInstanceOf(ProtocolNotSupportedException.class);
    }

    private List<String> announced() throws IOException, InterruptedException {
        return spans(ServerState.ONLINE).getFirst().info().details().adapters();
    }

    /** Reads until the record has changed: it is told at once, and on its way. */
    private List<String> announcedAfter(List<String> before) throws IOException, InterruptedException {
        Deadline soon = swarm.soon();
        List<String> now = announced();
        while (now.equals(before) && !soon.isOver(swarm.environment.clock())) {
            now = announced();
        }
        return now;
    }

    @Test
    void adaptersAreAnnouncedFromTheStartAndAtOnceWhenTheyChange() throws Exception {
        AdapterSource cats = AdapterSource.of(GoldenAdapters.unpack("llama/all", folder));
        var config =
                config().blocks(new Span(1, 4)).adapter("someone/cats", cats).updatePeriod(Duration.ofHours(1));
        try (Server server = swarm.serve(config)) {
            assertThat(announced()).containsExactly("someone/cats");
            server.adapters().load("dogs", AdapterSource.of(GoldenAdapters.unpack("llama/some", folder)));
            assertThat(announcedAfter(List.of("someone/cats"))).containsExactly("dogs", "someone/cats");
            server.adapters().remove("someone/cats");
            assertThat(announcedAfter(List.of("dogs", "someone/cats"))).containsExactly("dogs");
        }
    }

    @Test
    void adapterThatDoesNotFitIsAMistakeOfTheOperator() {
        AdapterSource foreign = AdapterSource.of(GoldenAdapters.unpack("bloom/all", folder));
        assertThatThrownBy(() -> swarm.serve(config().blocks(ALL).adapter("bloom", foreign)))
                .isInstanceOf(CheckpointException.class);
        assertThatThrownBy(() -> config().adapter("twice", foreign).adapter("twice", foreign))
                .hasMessageContaining("twice");
    }

    @Test
    void theModelIsListed() throws Exception {
        try (Server _ = swarm.serve(config().blocks(new Span(0, 1)).repository("someone/tiny-llama"))) {
            Pack key = new Pack.Text(ModelRecord.KEY);
            DhtValue value =
                    client.dht.getMany(List.of(key), true, swarm.soon()).get(key);
            assertThat(value).isInstanceOfSatisfying(DhtValue.Dictionary.class, models -> {
                Pack record = Objects.requireNonNull(models.entries().get(new Pack.Text(PREFIX)))
                        .value();
                assertThat(read(record)).isEqualTo(ModelRecord.ofHub(6, "someone/tiny-llama"));
            });
        }
    }

    private static ModelRecord read(Pack record) {
        try {
            return ModelRecord.read(record);
        } catch (ProtocolException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void serversTakeTheBlocksThatAreMissing() throws Exception {
        try (Server first = swarm.serve(config().blockCount(4));
                Server second = swarm.serve(config().blockCount(2));
                Server third = swarm.serve(config().blockCount(9))) {
            assertThat(first.span()).isEqualTo(new Span(0, 4));
            assertThat(second.span()).isEqualTo(new Span(4, 6));
            assertThat(third.span()).isEqualTo(ALL);
            assertThat(spans(ServerState.ONLINE)).hasSize(3);
        }
    }

    @Test
    void aChainOfServersComputesWhatTheWholeModelDoes() throws Exception {
        try (Server first = swarm.serve(config().blocks(new Span(0, 3)));
                Server second = swarm.serve(config().blocks(new Span(3, 6)));
                Arena arena = Arena.ofShared()) {
            Tensor hidden = Tensor.allocate(arena, DType.F32, 1, 5, HIDDEN);
            swarm.local.ends().embed(new int[] {3, 4, 5, 6, 7}, hidden);
            Tensor expected = Tensor.allocate(arena, DType.F32, 1, 5, HIDDEN);
            expected.copyFrom(hidden);
            swarm.local.forward(expected, 0, 6, swarm.soon());
            WireTensor state = TensorCodec.encode(hidden, DType.F32, Compression.NONE);
            for (PeerSpan server : spans(ServerState.ONLINE)) {
                state = step(server, state);
            }
            assertThat(TensorCodec.decode(state, arena).toFloats()).containsExactly(expected.toFloats(), within(1e-4f));
            assertThat(first.sessions() + second.sessions()).isZero();
        }
    }

    private WireTensor step(PeerSpan server, WireTensor hidden) throws IOException, InterruptedException {
        byte[] metadata = RequestMetadata.builder()
                .maxLength(8)
                .opening("")
                .argsStructure(ArgsStructure.flat(3))
                .build()
                .write();
        String uid = ChainedUid.of(PREFIX, server.span()).toString();
        var request = new ExpertRequest(
                uid, List.of(hidden, WireTensor.absent("float32"), WireTensor.absent("int64")), metadata);
        try (RpcCall call = client.rpc.openStream(server.peer(), ServiceNames.INFERENCE, swarm.soon())) {
            call.send(ExpertMessages.write(request), swarm.soon());
            byte[] answer = Objects.requireNonNull(call.receive(swarm.soon()));
            call.send(ExpertMessages.write(ExpertRequest.closing()), swarm.soon());
            assertThat(call.receive(swarm.soon())).isNull();
            return ExpertMessages.readResponse(answer).tensors().getFirst();
        }
    }

    @Test
    void aServerMeasuresItself() throws Exception {
        var measured = ServerConfig.builder(PREFIX).blocks(new Span(0, 2)).cacheTokens(64);
        try (Server server = swarm.serve(measured)) {
            ServerDetails details = spans(ServerState.ONLINE).getFirst().info().details();
            assertThat(details.inferenceRps()).isPositive().isFinite();
            assertThat(details.forwardRps()).isPositive().isFinite();
            assertThat(details.networkRps()).isEqualTo(100e6 / (16 * HIDDEN));
            assertThat(server.throughput().total()).isPositive();
        }
    }

    @Test
    void blocksFollowFromWhatIsFreeOnTheDevice() throws Exception {
        var device = new FailingDevice(swarm.kernels, 1_000_000);
        long block;
        try (BlockStack one = BlockStack.load(swarm.checkpoint, 0, 1, WeightsType.F32, swarm.kernels)) {
            block = one.weightBytes() + 64 * one.cacheBytesPerToken();
        }
        long fitting = (950_000 - 950_000 / 8) / block;
        assertThat(fitting).isBetween(1L, 5L);
        try (Server server = swarm.serve(config().blockCount(6), device.kernels())) {
            assertThat(server.span()).isEqualTo(new Span(0, (int) fitting));
        }
    }

    /** The device tells what is free before caches are taken, which both models have been promised. */
    @Test
    void secondModelOfANodePlansWithWhatTheFirstWasPromised() throws Exception {
        var device = new FailingDevice(swarm.kernels, 1_000_000);
        BlockSource source = BlockSource.of(swarm.checkpoint, WeightsType.F32, device.kernels());
        ServerNetwork network = swarm.join().network();
        try (Server _ = Server.start(swarm.environment, config().blocks(ALL).build(), network, source)) {
            long promised = network.models().promisedBytes();
            assertThat(promised).isEqualTo(6 * 64 * swarm.local.blocks().cacheBytesPerToken());
            ServerConfig other = ServerConfig.builder("other")
                    .blockCount(6)
                    .throughput(1)
                    .cacheTokens(64)
                    .placement(PlacementConfig.defaults().withSelectionMean(Duration.ZERO))
                    .build();
            try (Server second = Server.start(swarm.environment, other, network, source)) {
                long lent = MemoryPlan.lent(1_000_000 - promised, OptionalLong.empty());
                long block = swarm.local.blocks().weightBytes() / 6 + promised / 6;
                assertThat(second.span().length()).isEqualTo((int) ((lent - lent / 8) / block));
            }
        }
        assertThat(network.models().promisedBytes()).isZero();
    }

    @Test
    void serverThatLosesItsDeviceTellsTheSwarmAndItsOwner() throws Exception {
        var device = new FailingDevice(swarm.kernels, 1 << 30);
        try (Server server = swarm.serve(config().blocks(new Span(1, 4)), device.kernels());
                Arena arena = Arena.ofShared()) {
            WireTensor hidden =
                    TensorCodec.encode(Tensor.allocate(arena, DType.F32, 1, 2, HIDDEN), DType.F32, Compression.NONE);
            PeerSpan found = spans(ServerState.ONLINE).getFirst();
            device.fail(true);
            assertThatThrownBy(() -> step(found, hidden)).hasMessageContaining("the server is out of memory");
            assertThat(server.ready()).as("others may fit").isTrue();

            device.fail(false);
            assertThatThrownBy(() -> step(found, hidden)).hasMessageContaining("fell off the bus");
            var told = new CountDownLatch(1);
            server.whenLost(failure -> told.countDown());
            told.await();
            assertThat(server.ready()).isFalse();
            assertThat(spans(ServerState.JOINING)).isEmpty();
        }
    }

    @Test
    void blocksThatTheModelLacksAreAMistake() {
        assertThatThrownBy(() -> swarm.serve(config().blocks(new Span(4, 7))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0:6");
    }

    @Test
    void aCompressionThatTheTypeForbidsIsAMistake() {
        BlockSource halves = new BlockSource() {
            @Override
            public ModelConfig config() {
                return swarm.checkpoint.config();
            }

            @Override
            public DType wireType() {
                return DType.BF16;
            }

            @Override
            public BlockStack load(Span span) {
                throw new AssertionError("nothing is loaded before the configuration is checked");
            }
        };
        ServerConfig config =
                config().blocks(ALL).compression(Compression.FLOAT16).build();
        assertThatThrownBy(() -> Server.start(swarm.environment, config, client.network(), halves))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FLOAT16 does not go with bfloat16");
    }
}
