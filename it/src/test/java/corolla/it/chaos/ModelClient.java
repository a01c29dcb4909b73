package corolla.it.chaos;

import corolla.base.Environment;
import corolla.base.multiformat.Multiaddr;
import corolla.base.time.Deadline;
import corolla.client.ModelSession;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.RemoteModel.RemoteSpec;
import corolla.client.generation.Generation;
import corolla.client.generation.GenerationListener;
import corolla.client.generation.GenerationRequest;
import corolla.client.generation.TextDecoder;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.SessionConfig;
import corolla.it.sim.SwarmNode;
import corolla.model.Ends;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Our client, as the command line makes it. Confined to its owner's thread, which closes it. */
final class ModelClient implements AnswerClient {
    private static final Duration STEP_TIME = Duration.ofMinutes(3);

    private final Environment environment;
    private final Kernels kernels;
    private final Checkpoint checkpoint;
    private final Ends ends;
    private final SwarmNode node;
    private final RemoteModel remote;

    private volatile Set<String> used = Set.of();

    private ModelClient(
            Environment environment,
            Kernels kernels,
            Checkpoint checkpoint,
            Ends ends,
            SwarmNode node,
            RemoteModel remote) {
        this.environment = environment;
        this.kernels = kernels;
        this.checkpoint = checkpoint;
        this.ends = ends;
        this.node = node;
        this.remote = remote;
    }

    static ModelClient start(Environment environment, Path model, String prefix, Multiaddr initialPeer)
            throws IOException, InterruptedException {
        Kernels kernels = Kernels.best(KernelsOptions.defaults());
        Checkpoint checkpoint = Checkpoint.open(model);
        Ends ends = Ends.load(checkpoint, WeightsType.AUTO, kernels);
        SwarmNode node = SwarmNode.client(environment, List.of(initialPeer));
        var spec = new RemoteSpec(
                prefix, checkpoint.config().blockCount(), checkpoint.config().hiddenSize());
        RemoteModel remote = RemoteModel.start(
                environment, node.rpc(), node.dht(), spec, RoutingConfig.defaults(), SessionConfig.defaults());
        return new ModelClient(environment, kernels, checkpoint, ends, node, remote);
    }

    @Override
    public int blocks() {
        return remote.blockCount();
    }

    @Override
    public int vocabularySize() {
        return checkpoint.config().vocabularySize();
    }

    @Override
    public Set<String> used() {
        return used;
    }

    @Override
    public int[] answer(int[] prompt, int tokens, Timeline timeline, Deadline end)
            throws IOException, InterruptedException {
        Deadline stepEnd = Deadline.after(environment.clock(), STEP_TIME).earlier(end);
        RemoteSession blocks = remote.open(1, prompt.length + tokens, stepEnd);
        long[] begun = {environment.clock().nanoTime()};
        used = peers(blocks);
        GenerationListener listener = (_, _) -> {
            timeline.stepped(begun[0]);
            used = peers(blocks);
            begun[0] = environment.clock().nanoTime();
            return !end.isOver(environment.clock());
        };
        try (ModelSession session = new ModelSession(ends, environment.team(), blocks, prompt.length + tokens)) {
            int[] ids = new Generation(environment.clock(), stepEnd.remaining(environment.clock()))
                    .run(session, GenerationRequest.greedy(prompt, tokens), TextDecoder.none(), listener)
                    .ids();
            if (ids.length < tokens) {
                throw new IOException("given up after " + ids.length + " tokens: its time was over");
            }
            return ids;
        } finally {
            used = Set.of();
        }
    }

    private static Set<String> peers(RemoteSession blocks) {
        return blocks.route().stream().map(hop -> hop.peer().toString()).collect(Collectors.toSet());
    }

    @Override
    public void close() {
        remote.close();
        node.close();
        ends.close();
        try {
            checkpoint.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } finally {
            kernels.close();
        }
    }
}
