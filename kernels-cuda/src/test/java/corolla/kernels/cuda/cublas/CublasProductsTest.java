package corolla.kernels.cuda.cublas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.kernels.cuda.cublas.ProductShape.Numbers;
import corolla.kernels.cuda.cublas.ProductShape.WeightRows;
import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaLibraries;
import corolla.kernels.cuda.driver.CudaStream;
import corolla.kernels.cuda.driver.DeviceMemory;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** cuBLASLt as the emulated one has it. */
final class CublasProductsTest {
    private final long heldBefore = EmulatedCublas.counts().held();
    private final CudaDevice device =
            CudaDevice.open(CudaDriver.open(EmulatedCuda.libraries()).orElseThrow(), 0);
    private final Arena arena = Arena.ofShared();
    private final CublasProducts products =
            CublasProducts.open(EmulatedCuda.libraries(), device).orElseThrow();

    @AfterEach
    void close() {
        EmulatedCublas.answer(0, 0, 0);
        products.close();
        arena.close();
        device.close();
        assertThat(EmulatedCublas.counts().held()).isEqualTo(heldBefore);
    }

    private static ProductShape shape(Numbers numbers, WeightRows weightRows, long rows, long outputs, long depth) {
        long weightStride = weightRows == WeightRows.OUTPUTS ? depth : outputs;
        return new ProductShape(numbers, weightRows, rows, outputs, depth, weightStride, depth, outputs);
    }

    /** At addresses that only count as multiples. */
    private static Product product(ProductShape shape, long alignment) {
        return new Product(shape, alignment, 256, 256, false);
    }

    private static Product floats(long rows) {
        return product(shape(Numbers.BF16_TO_F32, WeightRows.OUTPUTS, rows, 5, 7), 256);
    }

    @Test
    void isMissingWhereThereIsNoLibrary(@TempDir Path folder) {
        assertThat(CublasProducts.open(CudaLibraries.in(folder), device)).isEmpty();
        assertThat(products.description()).isEqualTo("cuBLASLt 12.6.4");
    }

    @Test
    void whatDoesNotStartFreesItsWorkspace() {
        long free = device.bytesFree();
        EmulatedCublas.answer(1, 0, 0);
        assertThatThrownBy(() -> CublasProducts.open(EmulatedCuda.libraries(), device))
                .isInstanceOf(CublasException.class)
                .hasMessageContainingAll("cublasLtCreate", "CUBLAS_STATUS_NOT_INITIALIZED");
        assertThat(device.bytesFree()).isEqualTo(free);
    }

    @Test
    void heuristicIsAskedOnceForAShapeAndAnAlignment() {
        long before = EmulatedCublas.counts().heuristics();
        for (int i = 0; i < 3; i++) {
            assertThat(products.multiplies(floats(20))).isTrue();
        }
        assertThat(EmulatedCublas.counts().heuristics()).isEqualTo(before + 1);
        assertThat(products.multiplies(product(floats(20).shape(), 512))).isTrue();
        assertThat(EmulatedCublas.counts().heuristics())
                .as("more than 256 is not asked for")
                .isEqualTo(before + 1);
        assertThat(products.multiplies(product(floats(20).shape(), 16))).isTrue();
        assertThat(products.multiplies(floats(21))).isTrue();
        assertThat(EmulatedCublas.counts().heuristics()).isEqualTo(before + 3);
    }

    @Test
    void leastRecentlyUsedOfTooManyAlgorithmsIsForgotten() {
        long held = EmulatedCublas.counts().held();
        for (int rows = 1; rows <= CublasProducts.ALGORITHMS_MAX; rows++) {
            assertThat(products.multiplies(floats(rows))).isTrue();
        }
        long full = EmulatedCublas.counts().held();
        assertThat(full).isGreaterThan(held);
        products.multiplies(floats(1)); // used: now the second is the oldest
        products.multiplies(floats(CublasProducts.ALGORITHMS_MAX + 1));
        assertThat(products.known()).isEqualTo(CublasProducts.ALGORITHMS_MAX);
        assertThat(EmulatedCublas.counts().held()).isEqualTo(full);
        long before = EmulatedCublas.counts().heuristics();
        products.multiplies(floats(1));
        assertThat(EmulatedCublas.counts().heuristics()).isEqualTo(before);
        products.multiplies(floats(2));
        assertThat(EmulatedCublas.counts().heuristics()).isEqualTo(before + 1);
    }

    @Test
    void whatTheLibraryDoesNotSupportIsToldBefore() {
        Numbers integers = Numbers.INT8_TO_INT32;
        assertThat(products.multiplies(product(shape(integers, WeightRows.OUTPUTS, 17, 8, 12), 4)))
                .isTrue();
        assertThat(products.multiplies(product(shape(integers, WeightRows.OUTPUTS, 17, 8, 12), 2)))
                .isFalse();
        assertThat(products.multiplies(product(shape(integers, WeightRows.OUTPUTS, 17, 6, 12), 4)))
                .isFalse();
        assertThat(products.multiplies(product(shape(integers, WeightRows.OUTPUTS, 17, 8, 10), 4)))
                .isFalse();
        assertThat(products.multiplies(product(shape(integers, WeightRows.DEPTH, 17, 8, 12), 4)))
                .isFalse();
        assertThat(products.multiplies(product(floats(17).shape(), 1))).isFalse();
        EmulatedCublas.answer(0, 15, 0);
        assertThat(products.multiplies(floats(50))).isFalse();
        assertThatThrownBy(() -> products.multiply(floats(50), MemorySegment.NULL))
                .isInstanceOf(IllegalStateException.class);
        EmulatedCublas.answer(0, 14, 0);
        assertThatThrownBy(() -> products.multiplies(floats(51)))
                .isInstanceOfSatisfying(
                        CublasException.class, e -> assertThat(e.isFatal()).isTrue())
                .hasMessageContainingAll("cublasLtMatmulAlgoGetHeuristic", "51 rows", "start it again");
    }

    @Test
    void impossibleShapesAreRefused() {
        for (ThrowingShape wrong : new ThrowingShape[] {
            () -> shape(Numbers.BF16_TO_F32, WeightRows.OUTPUTS, 0, 5, 7),
            () -> new ProductShape(Numbers.BF16_TO_F32, WeightRows.OUTPUTS, 1, 5, 7, 6, 7, 5),
            () -> new ProductShape(Numbers.BF16_TO_F32, WeightRows.DEPTH, 1, 5, 7, 4, 7, 5),
            () -> new ProductShape(Numbers.BF16_TO_F32, WeightRows.DEPTH, 1, 5, 7, 5, 6, 5),
            () -> new ProductShape(Numbers.BF16_TO_F32, WeightRows.DEPTH, 1, 5, 7, 5, 7, 4)
        }) {
            assertThatThrownBy(wrong::make).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private interface ThrowingShape {
        ProductShape make();
    }

    /** Bytes of the device, as the stream leaves them. */
    private byte[] result(CudaStream stream, DeviceMemory memory) {
        MemorySegment host = arena.allocate(memory.bytes());
        stream.copyToHost(host, memory.address());
        stream.synchronize();
        return host.toArray(ValueLayout.JAVA_BYTE);
    }

    private DeviceMemory of(CudaStream stream, int... bytes) {
        DeviceMemory memory = device.allocate(arena, bytes.length);
        MemorySegment host = arena.allocate(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            host.set(ValueLayout.JAVA_BYTE, i, (byte) bytes[i]);
        }
        stream.copyToDevice(memory.address(), host);
        return memory;
    }

    @Test
    void bytesAreMultipliedExactlyAndAdded() {
        try (CudaStream stream = device.createStream(BatchLimits.defaults())) {
            DeviceMemory weights = of(stream, 1, 2, 3, 4, 127, 127, 127, 127, 0, 0, 0, 1, -1, -1, -1, -128); // (4, 4)
            DeviceMemory inputs = of(stream, 127, 127, 127, 127, 1, 0, 0, -1); // (2, 4)
            DeviceMemory outputs = of(stream, new int[32]);
            ProductShape shape = shape(Numbers.INT8_TO_INT32, WeightRows.OUTPUTS, 2, 4, 4);
            for (boolean add : new boolean[] {false, true}) {
                products.multiply(
                        new Product(shape, weights.address(), inputs.address(), outputs.address(), add),
                        stream.handle("cublasLtMatmul"));
            }
            MemorySegment found = MemorySegment.ofArray(result(stream, outputs));
            assertThat(found.toArray(ValueLayout.JAVA_INT_UNALIGNED))
                    .containsExactly(2540, 129032, 254, -33274, -6, 0, -2, 254);
        }
    }

    @Test
    void productThatFailsSaysWhatItWas() {
        try (CudaStream stream = device.createStream(BatchLimits.defaults())) {
            Product product = floats(17);
            assertThat(products.multiplies(product)).isTrue();
            EmulatedCublas.answer(0, 0, 13);
            assertThatThrownBy(() -> products.multiply(product, stream.handle("cublasLtMatmul")))
                    .isInstanceOfSatisfying(CublasException.class, e -> {
                        assertThat(e.isFatal()).isTrue();
                        assertThat(e.isOutOfMemory()).isFalse();
                        assertThat(e.status()).isEqualTo(13);
                    })
                    .hasMessageContainingAll(
                            "cublasLtMatmul", "17 rows of 7 to 5 outputs", "CUBLAS_STATUS_EXECUTION_FAILED");
            EmulatedCublas.answer(0, 0, 15);
            assertThatThrownBy(() -> products.multiply(product, stream.handle("cublasLtMatmul")))
                    .isInstanceOfSatisfying(
                            CublasException.class, e -> assertThat(e.isFatal()).isFalse())
                    .hasMessageContainingAll("CUBLAS_STATUS_NOT_SUPPORTED", "own kernels do this shape from now on");
            EmulatedCublas.answer(0, 0, 0);
            assertThat(products.multiplies(product)).as("it is not asked again").isFalse();
        }
    }
}
