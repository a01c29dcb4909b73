package corolla.it.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import corolla.base.time.Deadline;
import corolla.it.sim.PlacementSwarm.Placed;
import corolla.p2p.rpc.RpcCall;
import corolla.swarm.ChainedUid;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.swarm.protocol.ArgsStructure;
import corolla.swarm.protocol.ExpertMessages;
import corolla.swarm.protocol.ExpertRequest;
import corolla.swarm.protocol.RequestMetadata;
import corolla.swarm.protocol.ServiceNames;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import corolla.testkit.SimulatedWorld;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An inference session with one server for blocks of our choice, message by message as on the wire. Confined to the world's story. */
final class RawSession implements AutoCloseable {
    private static final int TOKENS_MAX = 32;

    private final SimulatedWorld world;
    private final SwarmNode node;
    private final TinyModel model;
    private final Span span;
    private final int hiddenSize;
    private final Arena arena = Arena.ofShared();
    private final Tensor inputs; // (1, TOKENS_MAX, hiddenSize), of all steps
    private int position;
    private @Nullable RpcCall call;

    RawSession(SimulatedWorld world, SwarmNode node, TinyModel model, Span span) {
        this.world = world;
        this.node = node;
        this.model = model;
        this.span = span;
        this.hiddenSize = model.checkpoint().config().hiddenSize();
        float[] values = new float[TOKENS_MAX * hiddenSize];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i * 0.37);
        }
        this.inputs = Tensor.of(arena, values, 1, TOKENS_MAX, hiddenSize);
    }

    private Deadline soon() {
        return world.within(Duration.ofMinutes(1));
    }

    /** Connects, and makes the first step. */
    void open(Placed server) throws IOException, InterruptedException {
        call = node.rpc().openStream(server.node().host().peerId(), ServiceNames.INFERENCE, soon());
        stepsAsTheModel(1);
    }

    /** Steps of one token, whose outputs are those of the whole model over all tokens so far. */
    void stepsAsTheModel(int count) throws IOException, InterruptedException {
        for (int i = 0; i < count; i++) {
            Tensor token = Tensor.allocate(arena, DType.F32, 1, 1, hiddenSize);
            token.copyFrom(inputs.reshape(TOKENS_MAX, hiddenSize)
                    .slice(position, position + 1L)
                    .reshape(1, 1, hiddenSize));
            float[] answered = step(token);
            position++;
            assertThat(answered).containsExactly(expected(), within(1e-4f));
        }
    }

    private float[] expected() throws IOException, InterruptedException {
        Tensor all = Tensor.allocate(arena, DType.F32, 1, position, hiddenSize);
        all.copyFrom(inputs.reshape(TOKENS_MAX, hiddenSize).slice(0, position).reshape(1, position, hiddenSize));
        model.local().forward(all, span.start(), span.end(), soon());
        return all.reshape(position, hiddenSize).slice(position - 1L, position).toFloats();
    }

    private float[] step(Tensor hidden) throws IOException, InterruptedException {
        RpcCall open = Objects.requireNonNull(call, "open the session first");
        RequestMetadata.Builder metadata = RequestMetadata.builder().argsStructure(ArgsStructure.flat(3));
        if (position == 0) {
            metadata.maxLength(TOKENS_MAX).opening("");
        }
        var request = new ExpertRequest(
                ChainedUid.of(TinyModel.PREFIX, span).toString(),
                List.of(
                        TensorCodec.encode(hidden, DType.F32, Compression.NONE),
                        WireTensor.absent("float32"),
                        WireTensor.absent("int64")),
                metadata.build().write());
        open.send(ExpertMessages.write(request), soon());
        byte[] answer = Objects.requireNonNull(open.receive(soon()), "the server has ended the session");
        WireTensor output = ExpertMessages.readResponse(answer).tensors().getFirst();
        return TensorCodec.decode(output, arena).toFloats();
    }

    @Override
    public void close() {
        if (call != null) {
            call.cancel();
        }
        arena.close();
    }
}
