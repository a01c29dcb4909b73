package corolla.it.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.model.LocalModel;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.testkit.models.GoldenModels;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that nobody can dial, in a network namespace of its own, behind a stock relay or one of ours: found and used by both kinds of client. */
@Tag("interop")
@Timeout(600)
class BehindRouterTest {
    private static final int CANNOT_RUN = 77;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"stock", "corolla"})
    void serverBehindARouterIsUsedByAStockAndACorollaClient(String bootstrap) throws Exception {
        StockPeer.assumeInstalled();
        Path model = GoldenModels.unpack("llama", folder);
        File log = Path.of("target", "behind-router.log").toFile();
        Process process = new ProcessBuilder(
                        StockPeer.programs().resolve("behind_router.sh").toString(),
                        model.toString(),
                        "golden-llama",
                        bootstrap)
                .redirectError(log)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        int status = process.waitFor();
        String said = Files.readString(log.toPath());
        if (status == CANNOT_RUN) {
            System.getLogger(BehindRouterTest.class.getName()).log(System.Logger.Level.WARNING, "SKIPPED: " + said);
        }
        Assumptions.assumeTrue(status != CANNOT_RUN, said);
        assertThat(status).as(said).isZero();
        JsonNode result = new ObjectMapper().readTree(out);
        assertThat(result.get("stock").get("greedy_equal").asBoolean()).as(out).isTrue();
        assertThat(result.get("stock").get("logits_max_diff").asDouble()).isLessThan(1e-3);
        int[] ids = StreamSupport.stream(result.get("corolla").get("output_ids").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        assertThat(ids).isEqualTo(inOneProcess(model, new int[] {3, 4, 5, 6, 7, 8, 9, 10}, 24));
    }

    private static int[] inOneProcess(Path model, int[] ids, int count) throws Exception {
        try (RealEnvironment real = RealEnvironment.create(1);
                Kernels kernels = Kernels.best(KernelsOptions.defaults());
                Checkpoint checkpoint = Checkpoint.open(model);
                LocalModel local = LocalModel.load(
                        checkpoint,
                        WeightsType.AUTO,
                        kernels,
                        real.environment().team())) {
            return local.greedy(ids, count, Deadline.after(real.environment().clock(), Duration.ofMinutes(5)));
        }
    }
}
