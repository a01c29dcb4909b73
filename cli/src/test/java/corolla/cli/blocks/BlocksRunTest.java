package corolla.cli.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.base.RealEnvironment;
import corolla.cli.synthetic.ModelShape;
import corolla.cli.synthetic.ModelShape.Family;
import corolla.cli.synthetic.Weights;
import corolla.tensor.DeviceChoice;
import corolla.tensor.Kernels;
import corolla.tensor.KernelsOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlocksRunTest {
    private static final ModelShape TINY = new ModelShape("tiny", Family.LLAMA, 3, 64, 4, 2, 16, 256);

    @TempDir
    Path folder = Path.of("");

    private final List<String> said = new ArrayList<>();

    private List<BlockRow> run(Optional<Path> python) throws Exception {
        var options = new BlocksOptions(
                TINY,
                List.of(Weights.BF16, Weights.INT8),
                List.of(1, 2),
                List.of(1),
                Duration.ofMillis(1),
                OptionalDouble.empty(),
                python);
        try (RealEnvironment real = RealEnvironment.create(1);
                Kernels kernels = Kernels.best(new KernelsOptions(folder, DeviceChoice.CPU, false))) {
            return new BlocksRun(options, real.environment(), kernels, said::add).measure();
        }
    }

    @Test
    void everyFigureIsMeasured() throws Exception {
        List<BlockRow> rows = run(Optional.empty());
        assertThat(rows).extracting(BlockRow::name).containsExactly("bf16", "int8");
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.decode()).containsOnlyKeys(1, 2);
            assertThat(row.forward()).containsOnlyKeys(1);
            assertThat(row.backward()).containsOnlyKeys(1);
            assertThat(row.decode().values()).allMatch(seconds -> seconds > 0);
        });
        assertThat(said.getLast()).contains("| bf16 |", "| int8 | 128 |");
    }

    @Test
    void peersRowsAreReadAndItsFailureIsTold() throws Exception {
        Path python = script("""
                #!/bin/sh
                echo '{"type": "bfloat16", "weight_bytes": 8, "kind": "decode", "sequences": 1, "forward_s": 0.5}'
                echo 'Traceback: no more memory'
                exit 3
                """);
        List<BlockRow> rows = run(Optional.of(python));
        assertThat(rows.getFirst().name()).isEqualTo("PyTorch bfloat16");
        assertThat(rows.getFirst().decode()).containsEntry(1, 0.5);
        assertThat(said).contains("PyTorch's block ended with 3: Traceback: no more memory");
    }

    private Path script(String text) throws Exception {
        Path file = folder.resolve("python");
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }
}
