package corolla.cli;

import corolla.base.Environment;
import corolla.base.time.Deadline;
import corolla.client.ModelSession;
import corolla.client.RemoteModel;
import corolla.client.RemoteModel.RemoteSession;
import corolla.client.RemoteModel.RemoteSpec;
import corolla.client.routing.Hop;
import corolla.client.routing.RoutingConfig;
import corolla.client.session.SessionConfig;
import corolla.model.BlockExecutor;
import corolla.model.Ends;
import corolla.model.LocalModel;
import corolla.model.adapter.LoraAdapter;
import corolla.model.family.ModelConfig;
import corolla.model.source.ModelParts;
import corolla.model.tokenizer.Tokenizer;
import corolla.model.weights.BlockFormat;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A model ready to answer: its ends in this process, its blocks here or in a swarm. Confined to the command's thread; owns all of it. */
final class RunningModel implements AutoCloseable {
    static final Duration OPEN_TIME = Duration.ofMinutes(2);

    private final Resources resources;
    private final Environment environment;
    private final ModelFiles files;
    private final Ends ends;
    private final BlockExecutor blocks;
    private final Optional<Tokenizer> tokenizer;

    private RunningModel(
            Resources resources, Environment environment, ModelFiles files, Ends ends, BlockExecutor blocks)
            throws IOException {
        this.resources = resources;
        this.environment = environment;
        this.files = files;
        this.ends = ends;
        this.blocks = blocks;
        this.tokenizer = files.tokenizer();
        tokenizer.ifPresent(resources::add);
    }

    /**
     * All of the model in this process.
     *
     * @param adapter folder or Hugging Face id of a LoRA adapter; empty for none
     */
    static RunningModel local(
            Console console,
            SourceOptions source,
            String model,
            BlockFormat format,
            ComputeOptions compute,
            String adapter)
            throws IOException, InterruptedException {
        var resources = new Resources();
        try {
            Kernels kernels = resources.add(compute.kernels());
            Environment environment = resources.add(compute.start(kernels)).environment();
            ModelFiles files = resources.add(ModelFiles.open(environment, console, source, model, ModelParts.all()));
            BlockFormat shared = format.shared(environment.sharing());
            LocalModel local = resources.add(LocalModel.load(files.checkpoint(), shared, kernels, environment.team()));
            BlockExecutor blocks = local;
            if (!adapter.isEmpty()) {
                try (LoraAdapter opened = AdapterOptions.open(adapter, environment, console, source)) {
                    blocks = local.adapted(resources.add(local.blocks().adapt(opened)));
                }
            }
            return new RunningModel(resources, environment, files, local.ends(), blocks);
        } catch (IOException | InterruptedException | RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    /** The ends in this process, the blocks in a swarm. */
    static RunningModel remote(
            Console console,
            SourceOptions source,
            String model,
            WeightsType weights,
            ComputeOptions compute,
            SwarmOptions swarm,
            SessionOptions session)
            throws IOException, InterruptedException {
        var resources = new Resources();
        try {
            var initialPeers = swarm.required();
            Kernels kernels = resources.add(compute.kernels());
            Environment environment = resources.add(compute.start(kernels)).environment();
            ModelFiles files =
                    resources.add(ModelFiles.open(environment, console, source, model, ModelParts.onlyEnds()));
            String prefix = files.prefix(swarm.dhtPrefix());
            Node node = resources.add(Node.client(environment, initialPeers));
            RemoteModel remote = resources.add(connect(environment, node, prefix, files.config(), session.sessions()));
            Ends ends = resources.add(Ends.load(files.checkpoint(), weights, kernels));
            return new RunningModel(resources, environment, files, ends, remote.adapted(session.adapter()));
        } catch (IOException | InterruptedException | RuntimeException e) {
            resources.close();
            throw e;
        }
    }

    /** Of parts that are open already; {@code resources} are adopted, {@code files} borrowed. */
    static RunningModel of(
            Resources resources, Environment environment, ModelFiles files, Ends ends, BlockExecutor blocks)
            throws IOException {
        return new RunningModel(resources, environment, files, ends, blocks);
    }

    /** Starts to look for servers while the rest loads. */
    static RemoteModel connect(
            Environment environment, Node node, String prefix, ModelConfig config, SessionConfig sessions) {
        return RemoteModel.start(
                environment,
                node.rpc(),
                node.dht(),
                new RemoteSpec(prefix, config.blockCount(), config.hiddenSize()),
                RoutingConfig.defaults(),
                sessions);
    }

    Environment environment() {
        return environment;
    }

    ModelFiles files() {
        return files;
    }

    Ends ends() {
        return ends;
    }

    BlockExecutor blocks() {
        return blocks;
    }

    Optional<Tokenizer> tokenizer() {
        return tokenizer;
    }

    /** For what works on text only. */
    Tokenizer requiredTokenizer() {
        return tokenizer.orElseThrow(() -> new UserException(files.found().path()
                + " has no tokenizer (tokenizer.json): give token ids instead, --input-ids 3,4,5"));
    }

    boolean hasChatTemplate() {
        return tokenizer.flatMap(Tokenizer::chatTemplate).isPresent();
    }

    Set<Integer> endTokens() {
        return files.endTokens(tokenizer);
    }

    /** Opens a session for {@code tokensMax} tokens; the caller closes it. */
    Conversation open(int tokensMax) throws IOException, InterruptedException {
        BlockExecutor.Session session = blocks.open(1, tokensMax, Deadline.after(environment.clock(), OPEN_TIME));
        return new Conversation(new ModelSession(ends, environment.team(), session, tokensMax), session);
    }

    /** A session, and who serves it. */
    record Conversation(ModelSession tokens, BlockExecutor.Session blocks) implements AutoCloseable {

        /** Empty where all runs in this process. */
        List<Hop> route() {
            return blocks instanceof RemoteSession remote ? remote.route() : List.of();
        }

        @Override
        public void close() {
            tokens.close();
        }
    }

    @Override
    public void close() {
        resources.close();
    }
}
