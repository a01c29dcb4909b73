package corolla.server.handler;

import static corolla.server.handler.TinyServer.CACHE_TOKENS;
import static corolla.server.handler.TinyServer.CALLER;
import static corolla.server.handler.TinyServer.HIDDEN;
import static corolla.server.handler.TinyServer.context;
import static corolla.server.handler.TinyServer.uid;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.msgpack.Pack;
import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.server.ServerLimits;
import corolla.server.cache.CacheRefusedException;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.RpcInfo;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InferenceHandlerTest {
    private static final float CLOSE = 1e-4f;

    @TempDir
    Path folder;

    private TinyServer server;
    private FakeStream stream;

    @BeforeEach
    void start() throws IOException {
        start(DType.F32, ServerLimits.defaults().withTurnRowsMax(8));
    }

    private void start(DType wireType, ServerLimits limits) throws IOException {
        if (server != null) {
            server.close();
        }
        server = new TinyServer(folder, wireType, limits);
        stream = new FakeStream(server.environment.clock());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static ExpertRequest request(RequestMetadata.Builder metadata, WireTensor... tensors) {
        return new ExpertRequest(uid(1, 4), List.of(tensors), metadata.build().write());
    }

    private static RequestMetadata.Builder first(int maxLength) {
        return RequestMetadata.builder()
                .sessionId("s")
                .stepId("step 0")
                .maxLength(maxLength)
                .opening("")
                .argsStructure(ArgsStructure.flat(3))
                .startFromPosition(0);
    }

    private static RequestMetadata.Builder step(int number) {
        return RequestMetadata.builder().sessionId("s").stepId("step " + number);
    }

    private static WireTensor noPrompts() {
        return WireTensor.absent("float32");
    }

    private static WireTensor noHypoIds() {
        return WireTensor.absent("int64");
    }

    /** Tokens {@code [from, to)} of every sequence. */
    private Tensor tokens(Tensor all, int from, int to) {
        int batch = (int) all.shape().size(0);
        Tensor some = Tensor.allocate(server.arena, DType.F32, batch, to - from, HIDDEN);
        for (int i = 0; i < batch; i++) {
            some.part(i).copyFrom(all.part(i).slice(from, to));
        }
        return some;
    }

    private static float[] tokens(float[] all, int batch, int from, int to) {
        int tokens = all.length / batch / HIDDEN;
        float[] some = new float[batch * (to - from) * HIDDEN];
        for (int i = 0; i < batch; i++) {
            System.arraycopy(all, (i * tokens + from) * HIDDEN, some, i * (to - from) * HIDDEN, (to - from) * HIDDEN);
        }
        return some;
    }

    private void serve() throws IOException, InterruptedException {
        server.inference.handle(context(CALLER), stream.source(), stream.sink());
    }

    @Test
    void stepsGiveWhatOnePassGives() throws Exception {
        Tensor all = server.hidden(1, 1, 20);
        float[] expected = server.expected(all, 1, 4);
        stream.send(request(first(32), wire(tokens(all, 0, 0)), noPrompts(), noHypoIds()));
        int[] bounds = {0, 1, 2, 13, 14, 20};
        for (int i = 1; i < bounds.length; i++) {
            Tensor chunk = tokens(all, bounds[i - 1], bounds[i]);
            stream.send(request(step(i).startFromPosition(bounds[i - 1]), wire(chunk), noPrompts(), noHypoIds()));
        }
        stream.send(ExpertRequest.closing());
        serve();
        assertThat(stream.response(0).tensors().getFirst().sizes()).containsExactly(1, 0, HIDDEN);
        for (int i = 1; i < bounds.length; i++) {
            assertThat(stream.floats(i)).containsExactly(tokens(expected, 1, bounds[i - 1], bounds[i]), within(CLOSE));
        }
        assertThat(stream.responseCount()).isEqualTo(6);
    }

    @ParameterizedTest
    @EnumSource
    void answersArePackedAsEachStepAsks(Compression codec) throws Exception {
        Tensor all = server.hidden(1, 2, 5);
        stream.send(request(
                first(32).outputCompression(List.of(codec)),
                TensorCodec.encode(tokens(all, 0, 4), DType.F32, codec),
                noPrompts(),
                noHypoIds()));
        stream.send(request(step(1), wire(tokens(all, 4, 5)), noPrompts(), noHypoIds()))
                .end();
        serve();
        assertThat(stream.response(0).tensors().getFirst().compression()).isEqualTo(codec);
        assertThat(stream.response(1).tensors().getFirst().compression()).isEqualTo(Compression.NONE);
        double lost = codec.isRough() ? 0.1 : 1e-3;
        float[] expected = server.expected(all, 1, 4);
        assertThat(distance(stream.floats(0), tokens(expected, 2, 0, 4))).isLessThan(lost);
        assertThat(distance(stream.floats(1), tokens(expected, 2, 4, 5))).isLessThan(lost);
    }

    /** The length of the difference as a share of the length. */
    private static double distance(float[] found, float[] expected) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (found[i] - expected[i]) * (found[i] - expected[i]);
            size += expected[i] * expected[i];
        }
        return Math.sqrt(difference / size);
    }

    @Test
    void codecThatDoesNotGoWithTheServersTypeIsRefused() throws Exception {
        try (var halves = new TinyServer(folder, DType.BF16, ServerLimits.defaults())) {
            WireTensor hidden = wire(halves.hidden(1, 1, 2));
            var metadata = first(32).outputCompression(List.of(Compression.FLOAT16));
            stream.send(request(metadata, hidden, noPrompts(), noHypoIds())).end();
            assertThatThrownBy(() -> halves.inference.handle(context(CALLER), stream.source(), stream.sink()))
                    .isInstanceOf(RequestException.class)
                    .hasMessage("compression FLOAT16 does not support bfloat16 tensors");
            assertThat(halves.cache.bytesFree()).isEqualTo(halves.cache.bytesMax());
        }
    }

    @Test
    void batchesInSeveralTurnsGiveWhatOnePassGives() throws Exception {
        Tensor all = server.hidden(2, 3, 17);
        stream.send(request(first(20), wire(all), noPrompts(), noHypoIds())).end();
        serve();
        assertThat(stream.floats(0)).containsExactly(server.expected(all, 1, 4), within(CLOSE));
    }

    @Test
    void subspansAreServed() throws Exception {
        Tensor all = server.hidden(2, 1, 5);
        stream.send(new ExpertRequest(
                        uid(2, 3),
                        List.of(wire(all)),
                        first(20).argsStructure(ArgsStructure.flat(1)).build().write()))
                .end();
        serve();
        assertThat(stream.floats(0)).containsExactly(server.expected(all, 2, 3), within(CLOSE));
    }

    @Test
    void cacheIsHeldByTheSessionAndCountedExactly() throws Exception {
        long before = available();
        assertThat(before).isEqualTo(CACHE_TOKENS * 3L);
        try (TaskScope scope = server.environment.tasks().open("session")) {
            stream.send(request(first(32), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
            Task<?> session = scope.run("serve", this::serve);
            stream.response(0);
            assertThat(available()).isEqualTo(before - 32 * 3);
            stream.send(ExpertRequest.closing());
            session.await(server.soon());
            assertThat(available()).isEqualTo(before);
        }
    }

    private long available() throws IOException {
        byte[] answer = server.info.handle(context(CALLER), ExpertMessages.writeUid(""));
        return RpcInfo.read(ExpertMessages.readInfo(answer)).cacheTokensAvailable();
    }

    @Test
    void disconnectFreesTheCache() throws Exception {
        try (TaskScope scope = server.environment.tasks().open("session")) {
            stream.send(request(first(32), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
            Task<?> session = scope.run("serve", this::serve);
            stream.response(0);
            session.cancel();
            assertThatThrownBy(() -> session.await(server.soon())).isNotNull();
        }
        assertThat(available()).isEqualTo(CACHE_TOKENS * 3L);
        assertThat(server.inference.sessions()).isZero();
    }

    @Test
    void aSecondCopyOfAStepIsDropped() throws Exception {
        Tensor all = server.hidden(1, 1, 3);
        stream.send(request(first(8), wire(tokens(all, 0, 1)), noPrompts(), noHypoIds()));
        stream.send(request(step(1), wire(tokens(all, 1, 2)), noPrompts(), noHypoIds()));
        stream.send(request(step(1), wire(tokens(all, 1, 2)), noPrompts(), noHypoIds()));
        stream.send(request(step(2), wire(tokens(all, 2, 3)), noPrompts(), noHypoIds()));
        stream.end();
        serve();
        assertThat(stream.responseCount()).isEqualTo(3);
        assertThat(stream.floats(2)).containsExactly(tokens(server.expected(all, 1, 4), 1, 2, 3), within(CLOSE));
    }

    @Test
    void stepsWithoutIdAreAllProcessed() throws Exception {
        Tensor one = server.hidden(1, 1, 1);
        RequestMetadata.Builder nothing = RequestMetadata.builder();
        stream.send(request(first(8), wire(one), noPrompts(), noHypoIds()));
        stream.send(request(nothing, wire(one), noPrompts(), noHypoIds()));
        stream.send(request(nothing, wire(one), noPrompts(), noHypoIds())).end();
        serve();
        assertThat(stream.responseCount()).isEqualTo(3);
    }

    @Test
    void pushedStepsAreAnsweredOnTheClientsStreamOnce() throws Exception {
        Tensor all = server.hidden(1, 1, 2);
        try (TaskScope scope = server.environment.tasks().open("session")) {
            stream.send(request(first(8), wire(tokens(all, 0, 1)), noPrompts(), noHypoIds()));
            Task<?> session = scope.run("serve", this::serve);
            stream.response(0);
            ExpertRequest pushed = request(step(1).pushed(true), wire(tokens(all, 1, 2)), noPrompts(), noHypoIds());
            server.push.handle(context(TinyServer.peer(7)), ExpertMessages.write(pushed));
            assertThat(stream.floats(1)).containsExactly(tokens(server.expected(all, 1, 4), 1, 1, 2), within(CLOSE));
            stream.send(request(step(1), wire(tokens(all, 1, 2)), noPrompts(), noHypoIds()))
                    .end();
            session.await(server.soon());
            assertThat(stream.responseCount()).isEqualTo(2);
            server.push.handle(context(TinyServer.peer(7)), ExpertMessages.write(pushed));
        }
    }

    @Test
    void rollingBackForgetsWhatCameAfter() throws Exception {
        Tensor all = server.hidden(1, 1, 6);
        Tensor other = server.hidden(2, 1, 3);
        stream.send(request(first(8), wire(all), noPrompts(), noHypoIds()));
        stream.send(request(step(1).startFromPosition(2), wire(other), noPrompts(), noHypoIds()))
                .end();
        serve();
        Tensor joined = Tensor.allocate(server.arena, DType.F32, 1, 5, HIDDEN);
        joined.part(0).slice(0, 2).copyFrom(all.part(0).slice(0, 2));
        joined.part(0).slice(2, 5).copyFrom(other.part(0));
        assertThat(stream.floats(1)).containsExactly(tokens(server.expected(joined, 1, 4), 1, 2, 5), within(CLOSE));
    }

    @Test
    void hypoIdsReorderTheCache() throws Exception {
        Tensor all = server.hidden(1, 2, 4);
        Tensor next = server.hidden(2, 2, 1);
        WireTensor hypoIds = TensorCodec.encodeLongs(new long[] {1, 1}, 2);
        stream.send(request(first(8), wire(all), noPrompts(), noHypoIds()));
        stream.send(request(step(1), wire(next), noPrompts(), hypoIds)).end();
        serve();
        Tensor joined = Tensor.allocate(server.arena, DType.F32, 2, 5, HIDDEN);
        for (int i = 0; i < 2; i++) {
            joined.part(i).slice(0, 4).copyFrom(all.part(1));
            joined.part(i).slice(4, 5).copyFrom(next.part(i));
        }
        assertThat(stream.floats(1)).containsExactly(tokens(server.expected(joined, 1, 4), 2, 4, 5), within(CLOSE));
    }

    @Test
    void deepPromptsAreAddedBeforeEachBlockInTurnsToo() throws Exception {
        Tensor all = server.hidden(3, 2, 12);
        Tensor prompts = server.hidden(4, 3, 10).reshape(3, 1, 10, HIDDEN);
        stream.send(request(first(20), wire(all), wire(prompts), noHypoIds())).end();
        serve();
        Tensor expected = Tensor.allocate(server.arena, DType.F32, 2, 12, HIDDEN);
        expected.copyFrom(all);
        for (int block = 1; block < 4; block++) {
            for (int i = 0; i < 2; i++) {
                for (int j = 0; j < 10 * HIDDEN; j++) {
                    Tensor sequence = expected.part(i);
                    sequence.setFloat(j, sequence.getFloat(j) + prompts.getFloat((block - 1) * 10 * HIDDEN + j));
                }
            }
            server.local.forward(expected, block, block + 1, server.soon());
        }
        assertThat(stream.floats(0)).containsExactly(expected.toFloats(), within(CLOSE));
    }

    @Test
    void argumentsMayBePermuted() throws Exception {
        Tensor all = server.hidden(3, 1, 2);
        RequestMetadata.Builder metadata = first(20).argsStructure(new ArgsStructure(List.of(1, 0, 0)));
        stream.send(request(metadata, WireTensor.absent("int64"), wire(all))).end();
        serve();
        assertThat(stream.floats(0)).containsExactly(server.expected(all, 1, 4), within(CLOSE));
    }

    @Test
    void answersHaveTheServersTypeWhateverTheClients() throws Exception {
        start(DType.BF16, ServerLimits.defaults());
        Tensor all = server.hidden(3, 1, 2);
        stream.send(request(first(20), TensorCodec.encode(all, DType.F16, Compression.NONE), noPrompts(), noHypoIds()))
                .end();
        serve();
        WireTensor answer = stream.response(0).tensors().getFirst();
        assertThat(answer.dtype()).isEqualTo("bfloat16");
        assertThat(answer.byteCount()).isEqualTo(2 * HIDDEN * 2);
    }

    @Test
    void valuesThatAreNoNumbersStayInTheirSession() throws Exception {
        Tensor bad = server.hidden(3, 1, 2);
        bad.setFloat(5, Float.NaN);
        stream.send(request(first(20), wire(bad), noPrompts(), noHypoIds())).end();
        serve();
        assertThat(Arrays.stream(box(stream.floats(0))).anyMatch(value -> value.isNaN()))
                .isTrue();
        stream = new FakeStream(server.environment.clock());
        Tensor good = server.hidden(3, 1, 2);
        stream.send(request(first(20), wire(good), noPrompts(), noHypoIds())).end();
        serve();
        assertThat(stream.floats(0)).containsExactly(server.expected(good, 1, 4), within(CLOSE));
    }

    private static Float[] box(float[] values) {
        Float[] boxed = new Float[values.length];
        for (int i = 0; i < values.length; i++) {
            boxed[i] = values[i];
        }
        return boxed;
    }

    private void refused(String text, Consumer<FakeStream> messages) throws Exception {
        stream = new FakeStream(server.environment.clock());
        messages.accept(stream);
        assertThatThrownBy(this::serve).isInstanceOf(IOException.class).hasMessageContaining(text);
        assertThat(available()).as("after '%s'", text).isEqualTo(CACHE_TOKENS * 3L);
        assertThat(server.inference.sessions()).isZero();
    }

    @Test
    void badFirstMessagesAreRefused() throws Exception {
        WireTensor one = wire(server.hidden(1, 1, 1));
        WireTensor two = wire(server.hidden(1, 1, 2).reshape(2, HIDDEN));
        refused(
                "does not serve tiny.4",
                s -> s.send(new ExpertRequest(
                        "tiny.3 tiny.4", List.of(one), first(8).build().write())));
        refused(
                "does not serve",
                s -> s.send(new ExpertRequest("", List.of(one), first(8).build().write())));
        refused(
                "consecutive",
                s -> s.send(new ExpertRequest(
                        "tiny.3 tiny.1", List.of(one), first(8).build().write())));
        refused("Cannot allocate KV cache for 101 tokens, max = 100", s -> s.send(request(first(101), one)));
        refused("Cannot allocate KV cache for -1", s -> s.send(request(first(-1), one)));
        refused("max_length is missing", s -> s.send(request(RequestMetadata.builder(), one)));
        refused("are not [batch, tokens, 64]", s -> s.send(request(first(8), two)));
        refused("adapter lora not found", s -> s.send(request(first(8).opening("lora"), one)));
        refused("without hidden states", s -> s.send(request(first(8).argsStructure(ArgsStructure.flat(0)))));
        refused(
                "integer",
                s -> s.send(new ExpertRequest(
                        uid(1, 4),
                        List.of(one),
                        Pack.map().put("max_length", 8.0).build().encode())));
        WireTensor lie = WireTensor.of(new byte[16], "float32", Compression.NONE, 1, 1, HIDDEN);
        refused("does not have the bytes", s -> s.send(request(first(8), lie)));
        refused(
                "out of range",
                s -> s.send(request(first(8), WireTensor.of(new byte[0], "float32", Compression.NONE, 0, 1, HIDDEN))));
    }

    @Test
    void badStepsEndTheSession() throws Exception {
        WireTensor one = wire(server.hidden(1, 1, 1));
        WireTensor five = wire(server.hidden(1, 1, 5));
        ExpertRequest good = request(first(4), one, noPrompts(), noHypoIds());
        refused(
                "Maximum length exceeded: prefix 0 + current 5 exceeds pre-allocated maximum 4",
                s -> s.send(request(first(4), five, noPrompts(), noHypoIds())));
        refused(
                "Maximum length exceeded: prefix 1 + current 5",
                s -> s.send(good).send(request(step(1), five, noPrompts(), noHypoIds())));
        refused(
                "start_from_position 2",
                s -> s.send(good).send(request(step(1).startFromPosition(2), one, noPrompts(), noHypoIds())));
        refused(
                "start_from_position -1",
                s -> s.send(good).send(request(step(1).startFromPosition(-1), one, noPrompts(), noHypoIds())));
        refused(
                "batch of 2",
                s -> s.send(good).send(request(step(1), wire(server.hidden(1, 2, 1)), noPrompts(), noHypoIds())));
        refused(
                "Received 2 prompts for 3 backends",
                s -> s.send(good)
                        .send(request(
                                step(1), one, wire(server.hidden(1, 2, 1).reshape(2, 1, 1, HIDDEN)), noHypoIds())));
        refused(
                "hypo_id 1",
                s -> s.send(good).send(request(step(1), one, noPrompts(), TensorCodec.encodeLongs(new long[] {1}, 1))));
        refused("int64", s -> s.send(good).send(request(step(1), one, noPrompts(), one)));
        refused("a request with 0 tensors", s -> s.send(good).send(new ExpertRequest("x", List.of(), new byte[0])));
        refused("malformed protobuf", s -> s.send(good).send(new byte[] {10, 5, 1}));
    }

    @Test
    void aFullCacheIsRefusedAtOnceOrAfterTheTimeout() throws Exception {
        try (TaskScope scope = server.environment.tasks().open("session")) {
            stream.send(request(first(100), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
            FakeStream holder = stream;
            Task<?> session =
                    scope.run("holder", () -> server.inference.handle(context(CALLER), holder.source(), holder.sink()));
            holder.response(0);
            RequestMetadata.Builder other = first(60).sessionId("other");
            for (double timeout : new double[] {0, 0.02}) {
                stream = new FakeStream(server.environment.clock());
                stream.send(request(
                        other.allocTimeoutSeconds(timeout), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
                assertThatThrownBy(this::serve)
                        .isInstanceOf(CacheRefusedException.class)
                        .hasMessageContaining("Could not allocate");
            }
            stream = new FakeStream(server.environment.clock());
            stream.send(request(other.allocTimeoutSeconds(20), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()))
                    .end();
            Task<?> waiting = scope.run("waiting", this::serve);
            holder.end();
            session.await(server.soon());
            waiting.await(server.soon());
            assertThat(stream.responseCount()).isEqualTo(1);
        }
    }

    @Test
    void oneIdIsOneSession() throws Exception {
        try (TaskScope scope = server.environment.tasks().open("session")) {
            ExpertRequest opening = request(first(8), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds());
            FakeStream holder = stream.send(opening);
            scope.run("holder", () -> server.inference.handle(context(CALLER), holder.source(), holder.sink()));
            holder.response(0);
            stream = new FakeStream(server.environment.clock()).send(opening);
            assertThatThrownBy(this::serve).hasMessageContaining("already open");
        }
    }

    @Test
    void silenceEndsTheSessionQuietly() throws Exception {
        start(
                DType.F32,
                ServerLimits.defaults()
                        .with(limits -> limits.stepTimeout(Duration.ofMillis(20))
                                .sessionTimeout(Duration.ofSeconds(60))
                                .allocTimeoutMax(Duration.ZERO)));
        serve();
        stream.send(request(first(8), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
        serve();
        assertThat(stream.responseCount()).isEqualTo(1);
        assertThat(available()).isEqualTo(CACHE_TOKENS * 3L);
    }

    @Test
    void aClientThatNeverReadsLosesItsSession() throws Exception {
        start(
                DType.F32,
                ServerLimits.defaults()
                        .with(limits -> limits.stepTimeout(Duration.ofMillis(50))
                                .sessionTimeout(Duration.ofSeconds(60))
                                .allocTimeoutMax(Duration.ZERO)));
        stream.stopReading();
        stream.send(request(first(8), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
        assertThatThrownBy(this::serve).isInstanceOf(IOException.class);
        assertThat(available()).isEqualTo(CACHE_TOKENS * 3L);
    }

    @Test
    void onePeerCannotTakeAll() throws Exception {
        start(
                DType.F32,
                ServerLimits.defaults()
                        .with(limits ->
                                limits.sessionsMax(4).sessionsPerPeerMax(1).cachePerPeerPercent(50)));
        stream.send(request(first(100), wire(server.hidden(1, 1, 1))));
        assertThatThrownBy(this::serve).hasMessageContaining("one peer may hold");
        try (TaskScope scope = server.environment.tasks().open("session")) {
            FakeStream holder = new FakeStream(server.environment.clock())
                    .send(request(first(8), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
            scope.run("holder", () -> server.inference.handle(context(CALLER), holder.source(), holder.sink()));
            holder.response(0);
            assertThatThrownBy(this::serve).hasMessageContaining("Too many sessions of one peer");
        }
    }

    @Test
    void closingEndsSessions() throws Exception {
        try (TaskScope scope = server.environment.tasks().open("session")) {
            stream.send(request(first(8), wire(server.hidden(1, 1, 1)), noPrompts(), noHypoIds()));
            Task<?> session = scope.run("serve", this::serve);
            stream.response(0);
            assertThat(server.inference.close(server.soon())).isTrue();
            assertThatThrownBy(() -> session.await(server.soon())).hasMessageContaining("shutting down");
            assertThatThrownBy(this::serve).hasMessageContaining("shutting down");
        }
        assertThat(available()).isEqualTo(CACHE_TOKENS * 3L);
    }
}
