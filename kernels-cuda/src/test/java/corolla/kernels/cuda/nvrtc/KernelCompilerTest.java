package corolla.kernels.cuda.nvrtc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the emulated NVRTC, which is g++. */
final class KernelCompilerTest {
    private static final String SOURCE = "extern \"C\" __global__ void nothing(int* out) { out[0] = NUMBER; }\n";

    private static KernelCompiler compiler(Path folder, int capability) {
        return KernelCompiler.open(EmulatedCuda.libraries(), folder, capability).orElseThrow();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    @Test
    void keepsWhatItCompiledAndMakesDamagedFilesAgain(@TempDir Path folder) throws IOException {
        KernelCompiler compiler = compiler(folder, 90);
        byte[] image = compiler.compile("a.cu", SOURCE, List.of("NUMBER=3"));
        assertThat(files(folder)).hasSize(1);
        Path kept = files(folder).getFirst();
        assertThat(kept).hasBinaryContent(image);

        assertThat(compiler.compile("a.cu", SOURCE, List.of("NUMBER=3"))).isEqualTo(image);
        Files.write(kept, new byte[] {1, 2, 3});
        assertThat(compiler.compile("a.cu", SOURCE, List.of("NUMBER=3"))).hasSizeGreaterThan(3);
        compiler.compile("a.cu", SOURCE, List.of("NUMBER=4"));
        assertThat(files(folder)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void worksWhereNothingCanBeKept(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(compiler(file, 90).compile("a.cu", SOURCE, List.of("NUMBER=3")))
                .isNotEmpty();
    }

    @Test
    void wrongSourceIsToldWithTheCompilersWords(@TempDir Path folder) {
        KernelCompiler compiler = compiler(folder, 90);
        assertThatThrownBy(() ->
                        compiler.compile("wrong.cu", "extern \"C\" __global__ void f() { nonsense(); }", List.of()))
                .isInstanceOf(KernelCompilationException.class)
                .hasMessageContainingAll("wrong.cu", "nonsense");
    }

    @Test
    void newerDevicesGetTheNewestArchitectureThatItKnows(@TempDir Path folder) {
        assertThat(compiler(folder, 90).description()).isEqualTo("NVRTC 12.6 for sm_90");
        assertThat(compiler(folder, 89).description()).isEqualTo("NVRTC 12.6 for compute_80");
        assertThat(compiler(folder, 120).description()).isEqualTo("NVRTC 12.6 for compute_90");
        assertThatThrownBy(() -> compiler(folder, 70)).hasMessageContaining("compute capability 7.0");
    }

    @Test
    void isMissingWhereThereIsNoLibrary(@TempDir Path folder) {
        assertThat(KernelCompiler.open(CudaLibraries.in(folder), folder, 90)).isEmpty();
    }
}
