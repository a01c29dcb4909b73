package corolla.kernels.cuda.cublas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import corolla.kernels.cuda.cublas.CublasLt.Descriptors;
import corolla.kernels.cuda.cublas.ProductShape.Numbers;
import corolla.kernels.cuda.cublas.ProductShape.WeightRows;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.kernels.cuda.real.RealCuda;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is bound fits NVIDIA's header, and the real library takes every descriptor that we make. It needs no GPU. */
@Tag("interop")
@SuppressWarnings("restricted") // native access is what this class is for
final class RealCublasTest {
    /** Which C++ types a Java one stands for; addresses of the device are numbers to Java. */
    private static final String PRELUDE = """
            #include <cublasLt.h>
            #include <cstddef>
            #include <type_traits>

            struct Pointer {};
            struct Word {};
            struct Wide {};

            template <class T> constexpr bool number = std::is_integral_v<T> || std::is_enum_v<T>;
            template <class Tag, class T> constexpr bool fits = false;
            template <class T> constexpr bool fits<Pointer, T> = std::is_pointer_v<T>;
            template <class T> constexpr bool fits<Word, T> = sizeof(T) == 4 && number<T>;
            template <class T> constexpr bool fits<Wide, T> = sizeof(T) == 8 && (number<T> || std::is_pointer_v<T>);

            template <class F, class... Tags> struct Bound { static constexpr bool value = false; };
            template <class R, class... T, class Result, class... Tags>
            struct Bound<R (*)(T...), Result, Tags...> {
                static constexpr bool check() {
                    if constexpr (sizeof...(T) != sizeof...(Tags)) {
                        return false;
                    } else {
                        return fits<Result, R> && (fits<Tags, T> && ...);
                    }
                }
                static constexpr bool value = check();
            };

            """;

    private static String tag(MemoryLayout layout) {
        if (layout.equals(ADDRESS)) {
            return "Pointer";
        }
        return layout.equals(JAVA_LONG) ? "Wide" : "Word";
    }

    private static String bound(Map.Entry<String, FunctionDescriptor> function) {
        FunctionDescriptor type = function.getValue();
        String tags = Stream.concat(type.returnLayout().stream(), type.argumentLayouts().stream())
                .map(RealCublasTest::tag)
                .collect(Collectors.joining(", "));
        return """
                static_assert(Bound<decltype(&%1$s), %2$s>::value, "%1$s");
                static_assert(Bound<decltype(&standin::%1$s), %2$s>::value, "the stand-in's %1$s");
                """.formatted(function.getKey(), tags);
    }

    /** Our stand-in in a namespace of its own, after what it includes. */
    private static String standIn() throws IOException {
        String source = Files.readString(EmulatedCuda.folder().resolve("emulated_cublaslt.cpp"));
        Map<Boolean, List<String>> lines =
                source.lines().collect(Collectors.partitioningBy(line -> line.startsWith("#include")));
        String body = String.join("\n", lines.get(false)).replace("extern \"C\" {", "extern \"C++\" {");
        return String.join("\n", lines.get(true)) + "\nnamespace standin {\n" + body + "\n}\n";
    }

    private static String member(StructLayout structure, String name) {
        return "static_assert(offsetof(cublasLtMatmulHeuristicResult_t, %s) == %d);\n"
                .formatted(name, structure.byteOffset(PathElement.groupElement(name)));
    }

    /** All that CublasLt believes about NVIDIA's header, and about our stand-in. */
    private static String checks() throws IOException {
        StringBuilder source = new StringBuilder(PRELUDE + standIn());
        CublasLt.FUNCTIONS.entrySet().forEach(function -> source.append(bound(function)));
        for (CublasNumber number : CublasNumber.values()) {
            source.append("static_assert(%s == %d, \"%s\");\n".formatted(number, number.value(), number));
        }
        StructLayout result = (StructLayout) CublasLt.RESULT;
        source.append("static_assert(sizeof(cublasLtMatmulHeuristicResult_t) == %d);\n".formatted(result.byteSize()));
        result.memberLayouts()
                .forEach(member -> source.append(member(result, member.name().orElseThrow())));
        return source.toString();
    }

    private static String compile(String source, Path folder) throws IOException {
        RealCuda.assumeCompiler();
        return RealCuda.compile(
                source,
                folder,
                RealCuda.folder("cublas/nvidia/cublas/include"),
                RealCuda.folder("cuda-headers/nvidia/cuda_runtime/include"),
                RealCuda.folder("cublas/nvidia/cuda_nvcc/include"),
                RealCuda.folder("cublas/nvidia/cuda_cccl/include"));
    }

    @Test
    void functionsNumbersAndStructuresAreThoseOfTheHeader(@TempDir Path folder) throws IOException {
        assertThat(compile(checks(), folder)).isEmpty();
    }

    /** The check itself: what is not so shows. */
    @Test
    void checkSeesWhatIsWrong(@TempDir Path folder) throws IOException {
        for (String wrong : new String[] {
            "static_assert(Bound<decltype(&cublasLtCreate), Word, Word>::value);",
            "static_assert(Bound<decltype(&cublasLtCreate), Word, Pointer, Pointer>::value);",
            "static_assert(Bound<decltype(&cublasLtGetVersion), Word>::value);",
            "static_assert(CUBLASLT_MATMUL_DESC_TRANSA == 4);"
        }) {
            assertThat(compile(PRELUDE + wrong, folder)).as(wrong).contains("static assertion failed");
        }
    }

    private final CudaLibraries libraries = CudaLibraries.in(RealCuda.folder("cublas/nvidia/cublas/lib"));
    private final CublasLt library = CublasLt.open(libraries).orElseThrow();

    /** What an attribute is, asked by NVIDIA's function. */
    private long attribute(String function, MemorySegment of, int attribute, int bytes) {
        SymbolLookup symbols =
                libraries.open("libcublasLt.so.13", "libcublasLt.so.12").orElseThrow();
        var get = Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(function).orElseThrow(),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_LONG);
            MemorySegment written = arena.allocate(JAVA_LONG);
            int status = (int) get.invokeExact(of, attribute, value, (long) bytes, written);
            assertThat(status).as("%s of %d", function, attribute).isZero();
            assertThat(written.get(JAVA_LONG, 0)).isEqualTo(bytes);
            return bytes == Integer.BYTES ? value.get(JAVA_INT, 0) : value.get(JAVA_LONG, 0);
        } catch (Throwable e) {
            throw new AssertionError(function + " could not be called", e);
        }
    }

    private void assertLayout(MemorySegment layout, CublasNumber type, long rows, long columns, long stride) {
        String get = "cublasLtMatrixLayoutGetAttribute";
        assertThat(attribute(get, layout, 0, Integer.BYTES)).as("type").isEqualTo(type.value());
        assertThat(attribute(get, layout, 1, Integer.BYTES)).as("column order").isZero();
        assertThat(attribute(get, layout, 2, Long.BYTES)).as("rows").isEqualTo(rows);
        assertThat(attribute(get, layout, 3, Long.BYTES)).as("columns").isEqualTo(columns);
        assertThat(attribute(get, layout, 4, Long.BYTES)).as("stride").isEqualTo(stride);
    }

    @ParameterizedTest
    @EnumSource
    void realLibraryTakesDescriptorsAndGivesThemBack(Numbers numbers) {
        for (WeightRows weightRows : WeightRows.values()) {
            ProductShape shape = new ProductShape(numbers, weightRows, 33, 24, 40, 48, 56, 64);
            try (Arena arena = Arena.ofShared()) {
                Descriptors found = Algorithm.describe(library, arena, shape);
                boolean outputs = weightRows == WeightRows.OUTPUTS;
                String get = "cublasLtMatmulDescGetAttribute";
                assertThat(attribute(get, found.operation(), 0, Integer.BYTES))
                        .as("compute")
                        .isEqualTo(numbers.compute().value());
                assertThat(attribute(get, found.operation(), 1, Integer.BYTES))
                        .as("scale")
                        .isEqualTo(numbers.scale().value());
                assertThat(attribute(get, found.operation(), 2, Integer.BYTES))
                        .as("factors with the host")
                        .isZero();
                assertThat(attribute(get, found.operation(), 3, Integer.BYTES)).isEqualTo(outputs ? 1 : 0);
                assertThat(attribute(get, found.operation(), 4, Integer.BYTES)).isZero();
                assertLayout(found.a(), numbers.factors(), outputs ? 40 : 24, outputs ? 24 : 40, 48);
                assertLayout(found.b(), numbers.factors(), 40, 33, 56);
                assertLayout(found.d(), numbers.results(), 24, 33, 64);
            }
        }
    }

    @Test
    void realLibraryTakesPreferencesAndGivesThemBack() {
        ProductShape shape = new ProductShape(Numbers.BF16_TO_F32, WeightRows.OUTPUTS, 33, 24, 40, 40, 40, 24);
        Product.Key key = new Product.Key(shape, 16, 32, 4);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment preference = Algorithm.preference(library, arena, key, 32 << 20);
            String get = "cublasLtMatmulPreferenceGetAttribute";
            assertThat(attribute(get, preference, 1, Long.BYTES))
                    .as("workspace")
                    .isEqualTo(32 << 20);
            assertThat(attribute(get, preference, 5, Integer.BYTES)).as("A").isEqualTo(16);
            assertThat(attribute(get, preference, 6, Integer.BYTES)).as("B").isEqualTo(32);
            assertThat(attribute(get, preference, 7, Integer.BYTES)).as("C").isEqualTo(4);
            assertThat(attribute(get, preference, 8, Integer.BYTES)).as("D").isEqualTo(4);
        }
    }

    /** Without a device it says so; with one it starts. */
    @Test
    void realLibrarySaysItsVersionAndItsErrors() {
        assertThat(library.version()).matches("1[23]\\.\\d+\\.\\d+");
        try {
            library.destroy(library.create());
        } catch (CublasException e) {
            assertThat(e).hasMessageContainingAll("cublasLtCreate failed", "CUBLAS_STATUS_");
        }
    }
}
