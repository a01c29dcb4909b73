package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.kernels.cuda.KernelModules.KernelSource;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import corolla.kernels.cuda.real.RealCuda;
import corolla.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** NVIDIA's own compiler takes every kernel; it needs no GPU. What it makes runs on none of our machines. */
@Tag("interop")
final class RealCompilerTest {
    private static final System.Logger LOG = System.getLogger(RealCompilerTest.class.getName());
    private static final Path RESOURCES = Path.of("src/main/resources/corolla/kernels/cuda");

    /** What the compiler says of a kernel's resources. */
    private static final Pattern RESOURCES_SAID = Pattern.compile(
            "Compiling entry function '(\\w+)'.*?(\\d+) bytes spill stores.*?Used (\\d+) registers", Pattern.DOTALL);

    /** Today's most is 188, of attention; a kernel with more has lost a loop's numbers to memory. */
    private static final int SPILL_BYTES_MAX = 200;

    /** Products keep a chunk of weights and all their sums in registers. Today's most is 52, of 16 rows on sm_100. */
    private static final int SPILL_BYTES_MAX_OF_PRODUCTS = 60;

    private static final Set<String> PRODUCTS = Set.of("int8.cu", "chosen.cu", "chosenInt8.cu");

    private static List<KernelSource> sources() {
        List<KernelSource> all = new ArrayList<>(List.of(
                KernelSource.of("elementwise.cu"),
                KernelSource.of("memory.cu"),
                KernelSource.of("norms.cu"),
                KernelSource.of("slices.cu"),
                KernelSource.of("experts.cu"),
                SplitRows.SOURCE,
                KernelSource.of("heads.cu", "rotation.cu"),
                DeviceRouting.ROUTING,
                ChosenProducts.INT8,
                KernelSource.of("outputs.cu", "int8.cu")));
        for (int slots = 1; slots <= 32; slots *= 2) {
            all.add(KernelSource.of("heads.cu", "attention.cu").with("SLOTS=" + slots));
            all.add(KernelSource.of("heads.cu", "attentionBackward.cu").with("SLOTS=" + slots));
        }
        for (DType dtype : DType.values()) {
            if (multiplies(dtype)) {
                all.add(Products.product(dtype));
                all.add(SplitWeights.source(dtype));
            }
        }
        return all;
    }

    private static boolean multiplies(DType dtype) {
        try {
            PlaneFormat.of(dtype, 256);
            return true;
        } catch (IllegalArgumentException noKernel) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "nvrtc/nvidia/cuda_nvrtc/lib, 80",
        "nvrtc/nvidia/cuda_nvrtc/lib, 90",
        "nvrtc13/nvidia/cu13/lib, 90",
        "nvrtc13/nvidia/cu13/lib, 100"
    })
    void everyKernelCompiles(String libraries, int capability, @TempDir Path folder) throws IOException {
        KernelCompiler compiler = KernelCompiler.open(CudaLibraries.in(RealCuda.folder(libraries)), folder, capability)
                .orElseThrow();
        Set<String> used = new TreeSet<>(Set.of("common.cu"));
        for (KernelSource source : sources()) {
            assertThat(compiler.compile(
                            source.name(), source.text(), source.macros(), said -> checkResources(source, said)))
                    .as(source.name())
                    .startsWith(0x7f, 'E', 'L', 'F');
            used.addAll(source.files());
        }
        try (var files = Files.list(RESOURCES)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(used);
        }
    }

    private static void checkResources(KernelSource source, String said) {
        int spillBytesMax = PRODUCTS.contains(source.files().getLast()) ? SPILL_BYTES_MAX_OF_PRODUCTS : SPILL_BYTES_MAX;
        List<String> kernels = new ArrayList<>();
        for (Matcher found = RESOURCES_SAID.matcher(said); found.find(); ) {
            kernels.add(found.group(1) + " " + found.group(3) + "/" + found.group(2));
            assertThat(Integer.parseInt(found.group(2)))
                    .as("bytes that a thread of %s in %s spills", found.group(1), source.name())
                    .isLessThanOrEqualTo(spillBytesMax);
        }
        assertThat(kernels).as(said).isNotEmpty();
        LOG.log(System.Logger.Level.INFO, "registers/spilled bytes source={0} kernels={1}", source.name(), kernels);
    }
}
