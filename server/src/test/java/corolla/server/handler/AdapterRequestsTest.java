package corolla.server.handler;

import static corolla.server.handler.TinyServer.CALLER;
import static corolla.server.handler.TinyServer.HIDDEN;
import static corolla.server.handler.TinyServer.context;
import static corolla.server.handler.TinyServer.uid;
import static corolla.server.handler.TinyServer.wire;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.base.task.Task;
import corolla.base.task.TaskScope;
import corolla.model.adapter.LoraAdapter;
import corolla.model.block.BackwardRequest;
import corolla.model.block.Part;
import corolla.model.block.StackAdapter;
import corolla.server.ServerLimits;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.Refusals;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.RpcInfo;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenAdapters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that name an adapter, on every call: each computes what the whole model does with that adapter, beside all others. */
class AdapterRequestsTest {
    private static final float CLOSE = 1e-4f;

    @TempDir
    Path folder;

    private TinyServer server;
    private Map<String, StackAdapter> whole = Map.of(); // of the whole model

    @BeforeEach
    void start() throws IOException {
        server = new TinyServer(folder, DType.F32, ServerLimits.defaults().withTurnRowsMax(8));
        whole = Map.of("cats", load("cats", "llama/all"), "dogs", load("dogs", "llama/some"));
    }

    @AfterEach
    void stop() {
        whole.values().forEach(StackAdapter::close);
        server.close();
    }

    private StackAdapter load(String name, String golden) throws IOException {
        try (LoraAdapter adapter = LoraAdapter.open(GoldenAdapters.unpack(golden, folder))) {
            server.backend.adapters().load(name, adapter);
            return server.local.blocks().adapt(adapter);
        }
    }

    private @Nullable StackAdapter whole(String name) {
        return whole.get(name);
    }

    private float[] expected(Tensor hidden, String adapter) throws IOException, InterruptedException {
        Tensor copy = copy(hidden);
        Part part = Part.uncached((int) copy.shape().size(0), (int) copy.shape().size(1))
                .withAdapter(whole(adapter));
        server.local.blocks().forward(server.environment.team(), copy, part, 1, 4, server.soon());
        return copy.toFloats();
    }

    private Tensor copy(Tensor tensor) {
        Tensor copy = Tensor.allocate(server.arena, DType.F32, tensor.shape().toArray());
        copy.copyFrom(tensor);
        return copy;
    }

    private static byte[] request(RequestMetadata.Builder metadata, WireTensor... tensors) {
        return ExpertMessages.write(
                new ExpertRequest(uid(1, 4), List.of(tensors), metadata.build().write()));
    }

    private static RequestMetadata.Builder call(String adapter, int arguments) {
        return RequestMetadata.builder().opening(adapter).argsStructure(ArgsStructure.flat(arguments));
    }

    private float[] forward(Tensor hidden, String adapter) throws Exception {
        byte[] request = request(call(adapter, 2), wire(hidden), WireTensor.absent("float32"));
        return FakeStream.floats(ExpertMessages.readResponse(server.forward.unary(context(CALLER), request)));
    }

    @Test
    void forwardRunsWithTheAdapterThatItNames() throws Exception {
        Tensor hidden = server.hidden(1, 2, 9);
        for (String adapter : List.of("cats", "", "dogs")) {
            assertThat(forward(hidden, adapter)).containsExactly(expected(hidden, adapter), within(CLOSE));
        }
        assertThat(expected(hidden, "cats")).isNotEqualTo(expected(hidden, ""));
        assertThat(expected(hidden, "dogs")).isNotEqualTo(expected(hidden, ""));
    }

    @Test
    void backwardGoesThroughTheAdapterThatItNames() throws Exception {
        Tensor inputs = server.hidden(1, 2, 7);
        Tensor gradient = server.hidden(2, 2, 7);
        for (String adapter : List.of("cats", "", "dogs")) {
            byte[] request = request(call(adapter, 3), wire(inputs), wire(gradient), WireTensor.absent("float32"));
            byte[] answer = server.backward.unary(context(CALLER), request);
            Tensor expected = copy(gradient);
            server.local
                    .blocks()
                    .backward(
                            server.environment.team(),
                            BackwardRequest.of(1, 4, inputs, expected).withAdapter(whole(adapter)),
                            server.soon());
            WireTensor output = ExpertMessages.readResponse(answer).tensors().getFirst();
            assertThat(TensorCodec.decode(output, server.arena).toFloats())
                    .containsExactly(expected.toFloats(), within(CLOSE));
        }
    }

    private static RequestMetadata.Builder first(String adapter) {
        return RequestMetadata.builder()
                .sessionId("s " + adapter)
                .stepId("step 0")
                .maxLength(16)
                .opening(adapter)
                .argsStructure(ArgsStructure.flat(3));
    }

    private static RequestMetadata.Builder step(String adapter, int number) {
        return RequestMetadata.builder().sessionId("s " + adapter).stepId("step " + number);
    }

    private static WireTensor[] arguments(Tensor hidden) {
        return new WireTensor[] {wire(hidden), WireTensor.absent("float32"), WireTensor.absent("int64")};
    }

    private Task<?> serve(TaskScope scope, FakeStream stream) {
        return scope.run("session", () -> server.inference.handle(context(CALLER), stream.source(), stream.sink()));
    }

    private Tensor token(Tensor all, int index) {
        Tensor one = Tensor.allocate(server.arena, DType.F32, 1, 1, HIDDEN);
        one.part(0).copyFrom(all.part(0).slice(index, index + 1));
        return one;
    }

    private static float[] rows(float[] all, int from, int to) {
        return Arrays.copyOfRange(all, from * HIDDEN, to * HIDDEN);
    }

    @Test
    void sessionsWithDifferentAdaptersRunSideBySide() throws Exception {
        Tensor hidden = server.hidden(5, 1, 4);
        List<String> adapters = List.of("cats", "", "dogs");
        try (TaskScope scope = server.environment.tasks().open("sessions")) {
            List<FakeStream> streams = adapters.stream()
                    .map(_ -> new FakeStream(server.environment.clock()))
                    .toList();
            streams.forEach(stream -> serve(scope, stream));
            for (int token = 0; token < 4; token++) {
                for (int i = 0; i < adapters.size(); i++) {
                    RequestMetadata.Builder metadata =
                            token == 0 ? first(adapters.get(i)) : step(adapters.get(i), token);
                    streams.get(i).send(request(metadata, arguments(token(hidden, token))));
                }
                for (int i = 0; i < adapters.size(); i++) {
                    float[] expected = expected(hidden, adapters.get(i));
                    assertThat(streams.get(i).floats(token))
                            .containsExactly(rows(expected, token, token + 1), within(CLOSE));
                }
            }
        }
    }

    @Test
    void removedInTheMiddleOfASessionItServesToTheEndAndIsFreedThen() throws Exception {
        Tensor hidden = server.hidden(5, 1, 3);
        float[] expected = expected(hidden, "cats");
        long both = server.backend.adapters().bytes();
        try (TaskScope scope = server.environment.tasks().open("session")) {
            var stream = new FakeStream(server.environment.clock());
            Task<?> session = serve(scope, stream);
            stream.send(request(first("cats"), arguments(token(hidden, 0))));
            assertThat(stream.floats(0)).containsExactly(rows(expected, 0, 1), within(CLOSE));
            server.backend.adapters().remove("cats");
            assertThatThrownBy(() -> forward(hidden, "cats"))
                    .hasMessage("adapter cats not found; this server has dogs")
                    .satisfies(refused -> assertThat(Refusals.blamesRequest(String.valueOf(refused.getMessage())))
                            .isTrue());
            stream.send(request(step("cats", 1), arguments(token(hidden, 1))));
            stream.send(request(step("cats", 2), arguments(token(hidden, 2))));
            assertThat(stream.floats(1)).containsExactly(rows(expected, 1, 2), within(CLOSE));
            assertThat(stream.floats(2)).containsExactly(rows(expected, 2, 3), within(CLOSE));
            assertThat(server.backend.adapters().bytes()).isEqualTo(both);
            stream.send(ExpertRequest.closing());
            session.await(server.soon());
        }
        assertThat(server.backend.adapters().bytes()).isPositive().isLessThan(both);
        server.backend.adapters().remove("dogs");
        assertThat(server.backend.adapters().bytes()).isZero();
    }

    @Test
    void pushedStepsRunWithTheAdapterOfTheirSession() throws Exception {
        Tensor hidden = server.hidden(5, 1, 2);
        float[] expected = expected(hidden, "dogs");
        try (TaskScope scope = server.environment.tasks().open("session")) {
            var stream = new FakeStream(server.environment.clock());
            serve(scope, stream);
            stream.send(request(first("dogs"), arguments(token(hidden, 0))));
            assertThat(stream.floats(0)).containsExactly(rows(expected, 0, 1), within(CLOSE));
            server.push.handle(context(TinyServer.peer(2)), request(step("dogs", 1), arguments(token(hidden, 1))));
            assertThat(stream.floats(1)).containsExactly(rows(expected, 1, 2), within(CLOSE));
        }
    }

    @Test
    void streamsKeepTheAdapterFromTheirFirstMessageOn() throws Exception {
        Tensor hidden = server.hidden(1, 1, 6);
        float[] expected = expected(hidden, "cats");
        byte[] metadata = call("cats", 2).build().write();
        try (TaskScope scope = server.environment.tasks().open("stream")) {
            var stream = new FakeStream(server.environment.clock());
            stream.send(new ExpertRequest(uid(1, 4), List.of(wire(hidden)), metadata));
            Task<?> call =
                    scope.run("forward", () -> server.forward.stream(context(CALLER), stream.source(), stream.sink()));
            stream.awaitTaken();
            server.backend.adapters().remove("cats");
            stream.send(new ExpertRequest(uid(1, 4), List.of(WireTensor.absent("float32")), metadata));
            stream.end();
            call.await(server.soon());
            assertThat(stream.floats(0)).containsExactly(expected, within(CLOSE));
        }
    }

    @Test
    void unknownOnesAreRefusedOnEveryCallBeforeTheRestIsWaitedFor() {
        Tensor hidden = server.hidden(1, 1, 1);
        byte[] batch = request(call("birds", 2), wire(hidden), WireTensor.absent("float32"));
        String refusal = "adapter birds not found; this server has cats, dogs";
        assertThatThrownBy(() -> server.forward.unary(context(CALLER), batch)).hasMessage(refusal);
        assertThatThrownBy(() -> server.backward.unary(context(CALLER), batch)).hasMessage(refusal);
        for (BatchHandler handler : List.of(server.forward, server.backward)) {
            var stream = new FakeStream(server.environment.clock()).send(batch);
            assertThatThrownBy(() -> handler.stream(context(CALLER), stream.source(), stream.sink()))
                    .hasMessage(refusal);
        }
        var session = new FakeStream(server.environment.clock()).send(request(first("birds"), arguments(hidden)));
        assertThatThrownBy(() -> server.inference.handle(context(CALLER), session.source(), session.sink()))
                .hasMessage(refusal);
    }

    @Test
    void refusedSessionsLeaveNoLeaseBehind() {
        Tensor two = server.hidden(1, 2, 1);
        byte[] tooMuch = request(first("cats").maxLength(100), arguments(two));
        var session = new FakeStream(server.environment.clock()).send(tooMuch);
        assertThatThrownBy(() -> server.inference.handle(context(CALLER), session.source(), session.sink()))
                .hasMessageContaining("Could not allocate");
        server.backend.adapters().remove("cats");
        server.backend.adapters().remove("dogs");
        assertThat(server.backend.adapters().bytes()).isZero();
    }

    @Test
    void infoNamesThem() throws Exception {
        byte[] answer = server.info.handle(context(CALLER), ExpertMessages.writeUid(""));
        assertThat(RpcInfo.read(ExpertMessages.readInfo(answer)).adapters()).containsExactly("cats", "dogs");
    }
}
