package corolla.kernels.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.kernels.cuda.real.RealCuda;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What we call, and what stands in for it, has the names, arguments, structures and numbers of NVIDIA's {@code cuda.h}: a text for g++ says so
 * in assertions.
 */
@Tag("interop")
final class CudaHeaderTest {
    /** Kinds of arguments, and a function's text after macros, which name its version. */
    private static final String WORDS = """
            #include <cstddef>
            #include <string_view>
            #include <type_traits>
            #include <utility>

            template <class T>
            constexpr int kind() {
                if constexpr (std::is_pointer_v<T>) {
                    return 'p';
                } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
                    return sizeof(T);
                } else {
                    return -1;
                }
            }
            template <class F>
            struct Signature;
            template <class R, class... P>
            struct Signature<R (*)(P...)> {
                using Kinds = std::integer_sequence<int, kind<R>(), kind<P>()...>;
            };
            template <class F, int... K>
            constexpr bool takes = std::is_same_v<typename Signature<F>::Kinds, std::integer_sequence<int, K...>>;
            #define AFTER_MACROS(name) TEXT(name)
            #define TEXT(name) std::string_view(#name)

            """;

    private final CudaDriver driver = CudaDriver.open(EmulatedCuda.libraries()).orElseThrow();

    private static Path header(String place) {
        return RealCuda.folder("cuda-headers/nvidia/" + place);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda_runtime/include", "cu13/include"})
    void everythingWeCallIsInTheHeader(String place, @TempDir Path folder) throws Exception {
        Path header = header(place);
        assertThat(driver.functions()).hasSizeGreaterThan(30);
        assertThat(compiled(text(), header, folder)).isEmpty();
    }

    /** The assertions above can fail: each of these is wrong in one way. */
    @Test
    void whatIsNotInTheHeaderIsTold(@TempDir Path folder) throws Exception {
        Path header = header("cuda_runtime/include");
        String right = text();
        Map<String, String> wrong = Map.of(
                "takes<decltype(&cuMemAlloc_v2), 4, 'p', 8>", "takes<decltype(&cuMemAlloc_v2), 4, 'p', 4>",
                "takes<decltype(&standin::cuGraphLaunch), 4, 'p', 'p'>",
                        "takes<decltype(&standin::cuGraphLaunch), 4, 'p'>",
                "AFTER_MACROS(cuEventDestroy) == \"cuEventDestroy_v2\"",
                        "AFTER_MACROS(cuEventDestroy) == \"cuEventDestroy\"",
                "sizeof(CUDA_KERNEL_NODE_PARAMS) == 72", "sizeof(CUDA_KERNEL_NODE_PARAMS) == 64",
                "CUDA_ERROR_ILLEGAL_ADDRESS == 700", "CUDA_ERROR_ILLEGAL_ADDRESS == 701");
        for (Map.Entry<String, String> change : wrong.entrySet()) {
            assertThat(right).contains(change.getKey());
            assertThat(compiled(right.replace(change.getKey(), change.getValue()), header, folder))
                    .as(change.getValue())
                    .contains("static assertion failed");
        }
    }

    private String text() throws IOException {
        StringBuilder text = new StringBuilder("#include <cuda.h>\n" + WORDS);
        appendStandIn(text);
        driver.functions().forEach((name, descriptor) -> {
            String kinds = kinds(descriptor);
            require(text, "takes<decltype(&" + name + "), " + kinds + ">");
            require(text, "takes<decltype(&standin::" + name + "), " + kinds + ">");
            require(text, "AFTER_MACROS(" + name.replaceFirst("_v\\d$", "") + ") == \"" + name + "\"");
        });
        require(text, "sizeof(CUDA_KERNEL_NODE_PARAMS) == " + LaunchMemory.NODE.byteSize());
        require(text, "sizeof(standin::NodeParameters) == " + LaunchMemory.NODE.byteSize());
        for (MemoryLayout member : LaunchMemory.NODE.memberLayouts()) {
            member.name().ifPresent(name -> {
                long offset = LaunchMemory.NODE.byteOffset(PathElement.groupElement(name));
                require(text, "offsetof(CUDA_KERNEL_NODE_PARAMS, " + name + ") == " + offset);
                require(text, "offsetof(standin::NodeParameters, " + name + ") == " + offset);
            });
        }
        numbers().forEach((name, number) -> require(text, name + " == " + number));
        fatalErrors().forEach((name, number) -> require(text, name + " == " + number));
        for (String error : List.of(
                "INVALID_VALUE",
                "OUT_OF_MEMORY",
                "NOT_INITIALIZED",
                "INVALID_DEVICE",
                "INVALID_IMAGE",
                "INVALID_CONTEXT",
                "INVALID_HANDLE",
                "NOT_FOUND",
                "LAUNCH_FAILED")) {
            require(text, "standin::" + error + " == (int) CUDA_ERROR_" + error);
        }
        return text.toString();
    }

    private static void require(StringBuilder text, String fact) {
        text.append("static_assert(").append(fact).append(");\n");
    }

    /** The return value's kind first. */
    private static String kinds(FunctionDescriptor descriptor) {
        return Stream.concat(descriptor.returnLayout().stream(), descriptor.argumentLayouts().stream())
                .map(layout -> layout instanceof AddressLayout ? "'p'" : Long.toString(layout.byteSize()))
                .collect(Collectors.joining(", "));
    }

    /** Our stand-in in a namespace of its own: its functions have the header's names, and its own types. */
    private static void appendStandIn(StringBuilder text) throws IOException {
        String source = Files.readString(EmulatedCuda.folder().resolve("emulated_cuda.cpp"));
        StringBuilder body = new StringBuilder();
        for (String line : source.lines().toList()) {
            (line.startsWith("#include <") ? text : body).append(line).append('\n');
        }
        text.append("namespace standin {\n")
                .append(body.toString().replace("extern \"C\" {", "extern \"C++\" {"))
                .append("} // namespace standin\n");
    }

    private static Map<String, Integer> numbers() {
        Map<String, Integer> all = new TreeMap<>();
        all.put("CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT", CudaDevice.MULTIPROCESSORS);
        all.put("CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR", CudaDevice.CAPABILITY_MAJOR);
        all.put("CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR", CudaDevice.CAPABILITY_MINOR);
        all.put("CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS", CudaDevice.CONCURRENT_MANAGED_ACCESS);
        all.put("CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED", CudaDevice.MEMORY_POOLS_SUPPORTED);
        all.put("CU_MEMPOOL_ATTR_RELEASE_THRESHOLD", CudaDevice.RELEASE_THRESHOLD);
        all.put("CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT", CudaDevice.RESERVED_MEM_CURRENT);
        all.put("CU_MEMPOOL_ATTR_USED_MEM_CURRENT", CudaDevice.USED_MEM_CURRENT);
        all.put("CU_MEM_ATTACH_GLOBAL", CudaDriver.ATTACH_GLOBAL);
        all.put("CU_STREAM_NON_BLOCKING", CudaStream.NON_BLOCKING);
        all.put("CU_EVENT_DISABLE_TIMING", CudaEvent.DISABLE_TIMING);
        all.put("CUDA_ERROR_OUT_OF_MEMORY", CudaException.OUT_OF_MEMORY);
        return all;
    }

    /** After these a device is lost. */
    private static Map<String, Integer> fatalErrors() {
        Map<String, Integer> all = new TreeMap<>(Map.of(
                "CUDA_ERROR_DEVICE_UNAVAILABLE", 46,
                "CUDA_ERROR_ECC_UNCORRECTABLE", 214,
                "CUDA_ERROR_ILLEGAL_ADDRESS", 700,
                "CUDA_ERROR_LAUNCH_TIMEOUT", 702,
                "CUDA_ERROR_CONTEXT_IS_DESTROYED", 709,
                "CUDA_ERROR_ASSERT", 710,
                "CUDA_ERROR_HARDWARE_STACK_ERROR", 714,
                "CUDA_ERROR_ILLEGAL_INSTRUCTION", 715,
                "CUDA_ERROR_MISALIGNED_ADDRESS", 716,
                "CUDA_ERROR_INVALID_ADDRESS_SPACE", 717));
        all.put("CUDA_ERROR_INVALID_PC", 718);
        all.put("CUDA_ERROR_LAUNCH_FAILED", 719);
        all.put("CUDA_ERROR_UNKNOWN", 999);
        all.forEach((name, number) -> assertThat(new CudaException("a call", number, name, "").isFatal())
                .isTrue());
        return all;
    }

    /** What the compiler says; nothing when all is right. */
    private static String compiled(String text, Path header, Path folder) throws IOException, InterruptedException {
        Path source = folder.resolve("header.cpp");
        Path log = folder.resolve("log");
        Files.writeString(source, text);
        Process process = new ProcessBuilder(
                        "g++",
                        "-std=c++17",
                        "-fsyntax-only",
                        "-w",
                        "-I",
                        header.toString(),
                        "-DEMULATED_DEVICE_HEADER=\"none\"",
                        "-DEMULATED_COMPILER=\"none\"",
                        source.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        int status = process.waitFor();
        String said = Files.readString(log);
        assertThat(said.isEmpty()).as("status %d: %s", status, said).isEqualTo(status == 0);
        return said;
    }
}
