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
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a weight costs in the main loop of a product with one row, in instructions of an H100: more than memory leaves time for, and decoding is as
 * much slower. The table is ADR 18's, "Instructions per weight".
 */
@Tag("interop")
final class InstructionCountTest {
    private static final System.Logger LOG = System.getLogger(InstructionCountTest.class.getName());
    private static final Pattern FUNCTION = Pattern.compile("\\s*\\.section\\s+\\.text\\.(\\w+),.*");
    private static final Pattern LABEL = Pattern.compile("\\s*(\\.L_x_\\d+):");
    private static final Pattern INSTRUCTION =
            Pattern.compile("\\s*/\\*[0-9a-f]{4,}\\*/\\s+(?:@!?U?P\\w+\\s+)?([A-Z]\\S*)(.*)");
    private static final Pattern TO_LABEL = Pattern.compile("`\\((\\.L_x_\\d+)\\)");

    /** Four chunks of eight columns, of four outputs each: what a lane takes at a time. */
    private static final int WEIGHTS = 4 * 8 * 4;

    /** The instructions between a label and a jump back to it. */
    private record Loop(int instructions, int products) {}

    @ParameterizedTest
    @CsvSource({
        "F32, 1.6",
        "BF16, 2.5",
        "F16, 2.5",
        "Q8_0, 4.2",
        "Q4_0, 4.0",
        "Q4_1, 4.2",
        "Q4_K, 5.1",
        "Q5_K, 5.9",
        "Q6_K, 5.9",
        "MXFP4, 5.0",
        "NF4, 4.6"
    })
    void productsOfOneRowCostNoMore(DType dtype, double most, @TempDir Path folder) throws Exception {
        assertCost(Products.product(dtype), "multiply1", "FFMA", most, folder);
    }

    @ParameterizedTest
    @CsvSource("0.6")
    void int8ProductsOfOneRowCostNoMore(double most, @TempDir Path folder) throws Exception {
        assertCost(KernelSource.of("outputs.cu", "int8.cu"), "mixed1", "IDP", most, folder);
    }

    private static void assertCost(KernelSource source, String kernel, String product, double most, Path folder)
            throws Exception {
        KernelCompiler compiler = KernelCompiler.open(
                        CudaLibraries.in(RealCuda.folder("nvrtc/nvidia/cuda_nvrtc/lib")), folder, 90)
                .orElseThrow();
        Path image = folder.resolve("image");
        Files.write(image, compiler.compile(source.name(), source.text(), source.macros()));
        double cost = (double) mainLoop(disassemble(image), kernel, product).instructions() / WEIGHTS;
        LOG.log(System.Logger.Level.INFO, "instructions per weight source={0} count={1}", source.name(), cost);
        // Half of it would be a loop that was not found, or much better: then the table is wrong.
        assertThat(cost).as("instructions per weight of %s", source.name()).isBetween(most / 2, most);
    }

    private static List<String> disassemble(Path image) throws IOException, InterruptedException {
        Path disassembler = RealCuda.folder("nvdisasm/nvidia/cu13/bin").resolve("nvdisasm");
        Path listing = image.resolveSibling("listing");
        Process process = new ProcessBuilder(disassembler.toString(), "-c", image.toString())
                .redirectErrorStream(true)
                .redirectOutput(listing.toFile())
                .start();
        assertThat(process.waitFor()).as(listing.toString()).isZero();
        return Files.readAllLines(listing);
    }

    /** The loop with most products; of several, the shortest: there is one more for inputs that are not aligned. */
    private static Loop mainLoop(List<String> listing, String kernel, String product) {
        Comparator<Loop> byProducts = Comparator.comparingInt(Loop::products);
        return loops(listing, kernel, product).stream()
                .max(byProducts.thenComparing(
                        Comparator.comparingInt(Loop::instructions).reversed()))
                .orElseThrow();
    }

    private static List<Loop> loops(List<String> listing, String kernel, String product) {
        List<Loop> loops = new ArrayList<>();
        Map<String, Loop> labels = new HashMap<>(); // what stood before each
        boolean inside = false;
        Loop soFar = new Loop(0, 0);
        for (String line : listing) {
            Matcher function = FUNCTION.matcher(line);
            if (function.matches()) {
                inside = function.group(1).equals(kernel);
            }
            Matcher label = LABEL.matcher(line);
            if (inside && label.matches()) {
                labels.put(label.group(1), soFar);
            }
            Matcher instruction = INSTRUCTION.matcher(line);
            if (!inside || !instruction.matches()) {
                continue;
            }
            String name = instruction.group(1);
            soFar = new Loop(soFar.instructions() + 1, soFar.products() + (name.startsWith(product) ? 1 : 0));
            Matcher target = TO_LABEL.matcher(instruction.group(2));
            Loop before = name.startsWith("BRA") && target.find() ? labels.get(target.group(1)) : null;
            if (before != null) {
                loops.add(new Loop(soFar.instructions() - before.instructions(), soFar.products() - before.products()));
            }
        }
        return loops;
    }
}
