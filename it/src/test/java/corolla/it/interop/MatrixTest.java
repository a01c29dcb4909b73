package corolla.it.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import corolla.client.RemoteModel;
import corolla.client.forward.Tape;
import corolla.client.session.Codecs;
import corolla.it.interop.MatrixTable.Cell;
import corolla.it.interop.MixedSwarm.Chain;
import corolla.it.interop.MixedSwarm.Kind;
import corolla.model.Verification;
import corolla.model.VerificationReport;
import corolla.p2p.PeerId;
import corolla.swarm.Span;
import corolla.swarm.codec.Compression;
import corolla.swarm.reachability.ReachabilityCalls;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import corolla.testkit.models.GoldenModels;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everybody with everybody: {our, stock} bootstrap × {our, stock, mixed} servers × {our, stock} client. Each cell generates greedily,
 * and compares logits and gradients with a model that runs in one process.
 */
@Tag("interop")
@Timeout(900)
class MatrixTest {
    /** Families that the stock Petals knows too; a new one is one word here. */
    private static final List<String> MODELS = List.of("llama", "bloom", "falcon40");

    private static final double LOGITS_DIFFERENCE_MAX = 1e-3;
    private static final double GRADIENT_DIFFERENCE_MAX = 1e-3;

    /** Of the largest number of the same tensor: float32 through all blocks and back. */
    private static final double BENCHMARK_DIFFERENCE_MAX = 1e-3;

    @TempDir
    Path folder;

    @BeforeAll
    static void stockPeersAreInstalled() {
        StockPeer.assumeInstalled();
    }

    static Stream<Arguments> swarms() {
        return MODELS.stream().flatMap(model -> Stream.of(Kind.values()).map(kind -> Arguments.of(model, kind)));
    }

    @ParameterizedTest
    @MethodSource("swarms")
    void everyClientUnderstandsEveryChain(String model, Kind bootstrap) throws Exception {
        Path files = GoldenModels.unpack(model, folder);
        var table = new MatrixTable();
        try (MixedSwarm swarm = MixedSwarm.start(files, bootstrap)) {
            checkReachability(swarm, bootstrap);
            for (Chain chain : Chain.values()) {
                table.add(ourClient(swarm, model, bootstrap, chain, files));
            }
            for (Cell cell : stockClient(swarm, model, bootstrap, files)) {
                table.add(cell);
            }
            if (bootstrap == Kind.OURS) {
                codecsAreUnderstood(swarm);
                benchmarksGiveTheSameNumbers(swarm, files);
                stockServerDiesBetweenForwardAndBackward(swarm);
            }
        } finally {
            table.show();
        }
        for (Cell cell : table.cells()) {
            assertThat(cell.greedyEqual()).as("greedy tokens: %s", cell).isTrue();
            assertThat(cell.logits()).as("logits: %s", cell).isLessThan(LOGITS_DIFFERENCE_MAX);
            assertThat(cell.gradient()).as("gradient: %s", cell).isLessThan(GRADIENT_DIFFERENCE_MAX);
        }
    }

    /** Both kinds of bootstrap node tell a peer that can be dialed so, and one that cannot the contrary. */
    private static void checkReachability(MixedSwarm swarm, Kind bootstrap) throws Exception {
        PeerId whom = PeerId.at(swarm.bootstrap()).orElseThrow();
        try (OurPeer peer = OurPeer.start()) {
            var calls =
                    new ReachabilityCalls(peer.rpc(), peer.real().environment().clock());
            peer.host().connect(swarm.bootstrap(), peer.within(Duration.ofSeconds(10)));
            assertThat(calls.check(whom, whom)).as("%s about itself", bootstrap).contains(true);
            assertThat(calls.check(whom, swarm.server("ours 1")))
                    .as("%s about a peer that does not answer rpc_check", bootstrap)
                    .contains(false);
        }
    }

    private static Cell ourClient(MixedSwarm swarm, String model, Kind bootstrap, Chain chain, Path files)
            throws Exception {
        try (RemoteModel remote = swarm.remote(swarm.servers(chain))) {
            VerificationReport report = Verification.run(
                    files.resolve("expected.safetensors"),
                    swarm.ends,
                    remote,
                    DType.F32,
                    swarm.client().real().environment().team(),
                    swarm.within(Duration.ofMinutes(3)));
            return cell(
                    model,
                    bootstrap,
                    chain,
                    Kind.OURS,
                    report.greedyEqual(),
                    error(report, "logits"),
                    error(report, "grad_embedded"),
                    0);
        }
    }

    private static double error(VerificationReport report, String name) {
        return report.checks().stream()
                .filter(check -> check.name().equals(name))
                .findFirst()
                .orElseThrow()
                .errorMax();
    }

    /** One process for all chains: its start costs more than its work. */
    private static List<Cell> stockClient(MixedSwarm swarm, String model, Kind bootstrap, Path files) throws Exception {
        var arguments = new ArrayList<>(
                List.of(files.toString(), swarm.prefix(), swarm.bootstrap().toString(), "--steps", "50"));
        for (Chain chain : Chain.values()) {
            arguments.add("--servers");
            swarm.servers(chain).forEach(peer -> arguments.add(peer.toBase58()));
        }
        var cells = new ArrayList<Cell>();
        try (StockPeer client = StockPeer.launch("stock_client.py", arguments)) {
            for (Chain chain : Chain.values()) {
                JsonNode result = client.json();
                cells.add(cell(
                        model,
                        bootstrap,
                        chain,
                        Kind.STOCK,
                        result.get("greedy_equal").asBoolean(),
                        result.get("logits_max_diff").asDouble(),
                        result.get("input_grad_max_diff").asDouble(),
                        result.get("steps_per_s").asDouble()));
            }
        }
        return cells;
    }

    /** The work of Petals' own benchmark scripts by a stock client, on stock servers and on ours. */
    private static void benchmarksGiveTheSameNumbers(MixedSwarm swarm, Path files) throws Exception {
        var arguments = new ArrayList<>(
                List.of(files.toString(), swarm.prefix(), swarm.bootstrap().toString()));
        for (Chain chain : List.of(Chain.STOCK, Chain.OURS)) {
            arguments.addAll(List.of("--servers", name(chain)));
            swarm.servers(chain).forEach(peer -> arguments.add(peer.toBase58()));
        }
        try (StockPeer client = StockPeer.launch("stock_benchmark.py", arguments)) {
            System.out.println("a stock client, tokens/s: " + client.json());
            System.out.println("a stock client, tokens/s: " + client.json());
            JsonNode differences = client.json().get("differences").get(name(Chain.OURS));
            System.out.println("largest differences from stock servers, relative: " + differences);
            assertThat(differences).isNotEmpty();
            differences.forEach((JsonNode difference) ->
                    assertThat(difference.asDouble()).as("%s", differences).isLessThan(BENCHMARK_DIFFERENCE_MAX));
        }
    }

    private static Cell cell(
            String model,
            Kind bootstrap,
            Chain chain,
            Kind client,
            boolean greedy,
            double logits,
            double gradient,
            double steps) {
        return new Cell(model, name(bootstrap), name(chain), name(client), greedy, logits, gradient, steps);
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '→');
    }

    /**
     * Requests packed by us, answers packed by whom we ask. How much a codec loses depends on the model (three tensors are packed for each
     * span); that it loses as much on our servers as on stock ones shows that both read and write the same.
     */
    private static void codecsAreUnderstood(MixedSwarm swarm) throws Exception {
        float[] plain = gradient(swarm, Chain.STOCK, Codecs.PLAIN);
        for (Compression codec : Compression.values()) {
            double ours = loss(plain, gradient(swarm, Chain.OURS, Codecs.of(codec)));
            System.out.printf("%s, our servers: gradient differs by %.1e of its length%n", codec, ours);
            double stock = loss(plain, gradient(swarm, Chain.STOCK, Codecs.of(codec)));
            System.out.printf("%s, stock servers: gradient differs by %.1e of its length%n", codec, stock);
            assertThat(ours).as("%s", codec).isCloseTo(stock, within(1e-5 + 0.1 * stock));
        }
    }

    /** The length of the difference as a share of the length. */
    private static double loss(float[] exact, float[] packed) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < exact.length; i++) {
            difference += (packed[i] - exact[i]) * (packed[i] - exact[i]);
            size += exact[i] * exact[i];
        }
        return Math.sqrt(difference / size);
    }

    private static float[] gradient(MixedSwarm swarm, Chain chain, Codecs codecs) throws Exception {
        int hiddenSize = swarm.checkpoint.config().hiddenSize();
        Span blocks = new Span(0, swarm.checkpoint.config().blockCount());
        try (RemoteModel remote = swarm.remote(swarm.servers(chain), codecs)) {
            Tensor gradient = random(6, 1, 32, hiddenSize);
            Tape tape = remote.record(random(5, 1, 32, hiddenSize), null, blocks, swarm.within(Duration.ofMinutes(1)));
            remote.backward(tape, gradient, null, swarm.within(Duration.ofMinutes(1)));
            return gradient.toFloats();
        }
    }

    /** The last act: the swarm has one server less afterwards. */
    private static void stockServerDiesBetweenForwardAndBackward(MixedSwarm swarm) throws Exception {
        Set<PeerId> allowed = new LinkedHashSet<>(swarm.servers(Chain.STOCK));
        allowed.add(swarm.server("ours 2"));
        Span blocks = new Span(0, swarm.checkpoint.config().blockCount());
        int hiddenSize = swarm.checkpoint.config().hiddenSize();
        try (RemoteModel stock = swarm.remote(swarm.servers(Chain.STOCK));
                RemoteModel any = swarm.remote(allowed)) {
            Tensor undisturbed = random(2, 12, 256, hiddenSize);
            Tape calm = stock.record(random(1, 12, 256, hiddenSize), null, blocks, swarm.within(Duration.ofMinutes(2)));
            stock.backward(calm, undisturbed, null, swarm.within(Duration.ofMinutes(2)));
            // Three micro-batches through the stock chain; on their way back its second server is gone.
            Tape tape = stock.record(random(1, 12, 256, hiddenSize), null, blocks, swarm.within(Duration.ofMinutes(2)));
            assertThat(tape.route().getLast().peer()).isEqualTo(swarm.server("stock 2"));
            swarm.kill("stock 2");
            Tensor gradient = random(2, 12, 256, hiddenSize);
            any.backward(tape, gradient, null, swarm.within(Duration.ofMinutes(2)));
            double scale = 0;
            double difference = 0;
            for (long i = 0; i < gradient.elements(); i++) {
                scale = Math.max(scale, Math.abs(undisturbed.getFloat(i)));
                difference = Math.max(difference, Math.abs(undisturbed.getFloat(i) - gradient.getFloat(i)));
            }
            System.out.printf(
                    "a stock server killed between forward and backward: gradient differs by %.2e of %.2e%n",
                    difference, scale);
            assertThat(difference / scale).isLessThan(1e-4);
        }
    }

    private static Tensor random(int seed, long... sizes) {
        Shape shape = Shape.of(sizes);
        float[] values = new float[(int) shape.elements()];
        var random = new Random(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Tensor(MemorySegment.ofArray(values), DType.F32, shape);
    }
}
