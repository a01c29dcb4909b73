package corolla.it.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import corolla.base.Environment;
import corolla.base.RealEnvironment;
import corolla.base.time.Deadline;
import corolla.model.LocalModel;
import corolla.model.weights.Checkpoint;
import corolla.model.weights.WeightsType;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import corolla.testkit.models.GoldenModels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A bootstrap node and servers of the tiny Llama, each a process of its own. */
@Tag("e2e")
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
class SwarmOfProcessesTest {
    private static final String LISTEN = "/ip4/127.0.0.1/tcp/0";
    private static final String PREFIX = "tiny-llama";

    private final List<CorollaProcess> processes = new ArrayList<>();
    private String model = "";
    private String peers = "";

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        model = GoldenModels.unpack("llama", folder).toString();
        CorollaProcess dht = keep(CorollaProcess.start("dht", "--host-maddrs", LISTEN));
        peers = dht.awaitLine(line -> line.startsWith("/ip4/127.0.0.1/tcp/"));
        for (String blocks : List.of("0:3", "3:6")) {
            keep(server(blocks)).awaitLine("ready"::equals);
        }
    }

    @AfterAll
    void stop() {
        processes.forEach(CorollaProcess::close);
    }

    private CorollaProcess keep(CorollaProcess process) {
        processes.add(process);
        return process;
    }

    private CorollaProcess server(String blocks) throws Exception {
        return CorollaProcess.start(
                "server",
                model,
                "--initial-peers",
                peers,
                "--dht-prefix",
                PREFIX,
                "--block-indices",
                blocks,
                "--host-maddrs",
                LISTEN,
                "--throughput",
                "1",
                "--threads",
                "1");
    }

    /** Runs a command to its end and returns the line that it prints. */
    private JsonNode json(String... arguments) throws Exception {
        try (CorollaProcess process = CorollaProcess.start(arguments)) {
            String line = process.awaitLine(text -> text.startsWith("{"));
            assertThat(process.awaitEnd()).as(process.errors()).isZero();
            return new ObjectMapper().readTree(line);
        }
    }

    private JsonNode generate(String ids, int count) throws Exception {
        return json(
                "generate",
                model,
                "--initial-peers",
                peers,
                "--dht-prefix",
                PREFIX,
                "--input-ids",
                ids,
                "--max-new-tokens",
                Integer.toString(count),
                "--json");
    }

    private int[] inOneProcess(int[] ids, int count) throws Exception {
        try (RealEnvironment real = RealEnvironment.create(1);
                Kernels kernels = Kernels.best(KernelsOptions.defaults());
                Checkpoint checkpoint = Checkpoint.open(Path.of(model));
                LocalModel local = LocalModel.load(
                        checkpoint,
                        WeightsType.AUTO,
                        kernels,
                        real.environment().team())) {
            Environment environment = real.environment();
            return local.greedy(ids, count, Deadline.after(environment.clock(), Duration.ofMinutes(5)));
        }
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    @Test
    @Order(1) // while there are just two servers
    void swarmGeneratesTheTokensOfOneProcess() throws Exception {
        JsonNode answer = generate("3,4,5,60,7", 24);
        assertThat(ints(answer.get("input_ids"))).containsExactly(3, 4, 5, 60, 7);
        assertThat(ints(answer.get("output_ids"))).isEqualTo(inOneProcess(new int[] {3, 4, 5, 60, 7}, 24));
        assertThat(answer.get("route")).hasSize(2);
        assertThat(answer.get("tokens_per_s").asDouble()).isPositive();
        assertThat(answer.get("time_to_first_token_s").asDouble()).isPositive();
    }

    @Test
    void swarmPassesTheReferenceCheck() throws Exception {
        JsonNode report = json("verify", model, "--initial-peers", peers, "--dht-prefix", PREFIX, "--json");
        assertThat(report.get("passed").asBoolean()).as(report.toPrettyString()).isTrue();
        assertThat(report.get("greedy_equal").asBoolean()).isTrue();
    }

    @Test
    void stoppedServerLeavesInOrder() throws Exception {
        CorollaProcess server = keep(server("0:6"));
        String address = server.awaitLine(line -> line.startsWith("/ip4/"));
        String peer = address.substring(address.lastIndexOf('/') + 1);
        server.awaitLine("ready"::equals);
        assertThat(online(info())).contains(peer);
        assertThat(server.hasChildren()).as("the launcher becomes the process").isFalse();
        server.terminate();
        assertThat(server.awaitEnd()).as("SIGTERM").isIn(0, 143);
        assertThat(online(info())).doesNotContain(peer);
    }

    @Test
    void killedServerIsReplaced() throws Exception {
        CorollaProcess spare = keep(server("0:6"));
        spare.awaitLine("ready"::equals);
        CorollaProcess victim = keep(server("0:6"));
        victim.awaitLine("ready"::equals);
        victim.kill();
        assertThat(victim.awaitEnd()).isNotZero();
        for (int i = 0; i < 3; i++) {
            int[] ids = {3 + i, 9, 27};
            JsonNode answer = generate(
                    String.join(
                            ",", Arrays.stream(ids).mapToObj(Integer::toString).toList()),
                    8);
            assertThat(ints(answer.get("output_ids"))).isEqualTo(inOneProcess(ids, 8));
        }
        spare.terminate();
        spare.awaitEnd();
    }

    @Test
    void errorIsOneLineAndAnExitCode() throws Exception {
        try (CorollaProcess process = CorollaProcess.start(
                "generate", model, "--initial-peers", peers, "--dht-prefix", "nobody", "--input-ids", "3")) {
            assertThat(process.awaitEnd()).isEqualTo(1);
            assertThat(process.errors())
                    .contains("no server for blocks 0:6 of nobody")
                    .doesNotContain("\tat ");
        }
    }

    private JsonNode info() throws Exception {
        return json("info", model, "--initial-peers", peers, "--dht-prefix", PREFIX, "--json");
    }

    /** The peer ids of servers that are online. */
    private static List<String> online(JsonNode info) {
        return StreamSupport.stream(info.get("servers").spliterator(), false)
                .filter(server -> server.get("state").asText().equals("online"))
                .map(server -> server.get("peer").asText())
                .toList();
    }
}
