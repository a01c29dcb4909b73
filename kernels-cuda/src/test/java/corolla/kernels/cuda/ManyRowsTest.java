package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.Member;
import corolla.kernels.cuda.cublas.CublasException;
import corolla.kernels.cuda.cublas.EmulatedCublas;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.EmulatedFailure;
import corolla.kernels.cuda.driver.EmulatedTraffic;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.contract.RandomTensors;
import corolla.tensor.quant.Elements;
import corolla.tensor.scalar.ScalarKernels;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of many rows by cuBLASLt: how they are cut, what they round, and what happens when the library does not do them. */
final class ManyRowsTest {
    private static final Member ALONE = Member.alone();

    /** Of the product of norms, for two halves: ADR 17. */
    private static final double BOUND = 0x1p-15;

    /** The same for one product of rounded numbers. */
    private static final double FAST_BOUND = 0x1p-8;

    /** So little that a matrix of 300 rows is cut into three tiles, and 600 rows of activations into blocks. */
    private static final ManyRows SMALL = new ManyRows(false, 1 << 17, 1 << 12, 1 << 12);

    /** Tiles likewise, and all rows at once. */
    private static final ManyRows TILES = new ManyRows(false, 1 << 27, 1 << 12, 1 << 12);

    private final Arena arena = Arena.ofShared();
    private final RandomTensors random = new RandomTensors(arena, 5);

    @AfterEach
    void close() {
        EmulatedCublas.answer(0, 0, 0);
        EmulatedFailure.next(0);
        arena.close();
    }

    private Tensor scaled(float size, long... shape) {
        Tensor tensor = random.floats(shape);
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.setFloat(i, tensor.getFloat(i) * size);
        }
        return tensor;
    }

    /** A product and its gradient, as some kernels make them. */
    private record Results(Tensor y, Tensor dx) {}

    private Results results(Kernels kernels, Tensor x, Tensor dy, boolean add, Tensor... parts) {
        Matrix matrix = kernels.matrix(arena, parts);
        Tensor y = forward(kernels, matrix, x, add);
        Tensor dx = Tensor.allocate(arena, DType.F32, x.rows(), x.columns());
        kernels.multiplyTransposed(ALONE, dy, matrix, dx);
        return new Results(y, dx);
    }

    /** To what is there, or over it. */
    private Tensor forward(Kernels kernels, Matrix matrix, Tensor x, boolean add) {
        Tensor y = Tensor.allocate(arena, DType.F32, x.rows(), matrix.rows());
        for (long i = 0; i < y.elements(); i++) {
            y.setFloat(i, add ? i % 5 : Float.NaN);
        }
        if (add) {
            kernels.multiplyAdd(ALONE, x, matrix, y);
        } else {
            kernels.multiply(ALONE, x, matrix, y);
        }
        return y;
    }

    /** Errors beside the norms of what was multiplied; every seventh row is looked at. */
    private static double largestError(Tensor found, Tensor x, float[][] w, boolean transposed, boolean add) {
        double largest = 0;
        int outputs = (int) found.columns();
        int depth = (int) x.columns();
        for (int row = 0; row < x.rows(); row += 7) {
            for (int out = 0; out < outputs; out++) {
                double sum = add ? ((long) row * outputs + out) % 5 : 0;
                double left = 0;
                double right = 0;
                for (int k = 0; k < depth; k++) {
                    double value = x.getFloat((long) row * depth + k);
                    double weight = transposed ? w[k][out] : w[out][k];
                    sum += value * weight;
                    left += value * value;
                    right += weight * weight;
                }
                double error = Math.abs(found.getFloat((long) row * outputs + out) - sum);
                double norms = Math.sqrt(left * right) + (add ? 4 : 0);
                largest = Math.max(largest, error / norms); // NaN stays: it is not below any bound
            }
        }
        return largest;
    }

    /** Of y = x · wᵀ and of its gradient; returns the error of the former. */
    private double assertClose(Kernels kernels, double bound, int rows, float size, boolean add, Tensor... parts) {
        float[][] w = RandomTensors.decode(parts);
        Tensor x = scaled(size, rows, parts[0].columns());
        Tensor dy = scaled(size, rows, w.length);
        Results found = results(kernels, x, dy, add, parts);
        String what = "%s of %d rows, size %s, add %s".formatted(List.of(parts), rows, size, add);
        double error = largestError(found.y, x, w, false, add);
        assertThat(error).as(what).isLessThan(bound);
        assertThat(largestError(found.dx, dy, w, true, false))
                .as("backward of " + what)
                .isLessThan(bound);
        return error;
    }

    private static int columns(DType dtype, int wanted) {
        int group = dtype.elementsPerGroup();
        return Math.ceilDiv(wanted, group) * group;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "NF4"})
    void errorIsSmallBesideTheNorms(DType dtype) {
        try (Kernels kernels = EmulatedKernels.start();
                Kernels cut = EmulatedKernels.start(SMALL);
                Kernels tiled = EmulatedKernels.start(TILES)) {
            Tensor weights = random.of(dtype, 300, columns(dtype, 203));
            for (int rows : new int[] {17, 33, 129, 600}) {
                assertClose(kernels, BOUND, rows, 1, rows % 2 == 0, weights);
                assertClose(cut, BOUND, rows, 1, rows % 2 == 1, weights);
                assertClose(tiled, BOUND, rows, 1, rows == 600, weights);
            }
            for (float size : new float[] {1e-30f, 1e30f}) {
                assertClose(kernels, BOUND, 40, size, false, weights);
            }
        }
    }

    /** Parts of many types one beside the other, some of a single output: results lie at odd addresses. */
    @ParameterizedTest
    @ValueSource(ints = {17, 129, 600})
    void partsLieSideBySide(int rows) {
        Tensor[] parts = {
            random.of(DType.BF16, 25, 64),
            random.of(DType.Q4_1, 133, 64),
            random.of(DType.BF16, 1, 64),
            random.of(DType.F16, 7, 64),
            random.of(DType.NF4, 30, 64)
        };
        Tensor[] withF32 = {random.of(DType.Q8_0, 25, 64), random.of(DType.F32, 3, 64), random.of(DType.MXFP4, 9, 64)};
        for (ManyRows limits : List.of(SMALL, TILES, ManyRows.of(false))) {
            try (Kernels kernels = EmulatedKernels.start(limits)) {
                assertClose(kernels, BOUND, rows, 1, true, parts);
                assertClose(kernels, BOUND, rows, 1, false, withF32);
            }
        }
    }

    @Test
    void fastIsOneProductOfRoundedNumbers() {
        try (Kernels kernels = EmulatedKernels.startFast();
                Kernels cut = EmulatedKernels.start(new ManyRows(true, 1 << 17, 1 << 12, 1 << 12))) {
            for (DType dtype : new DType[] {DType.BF16, DType.Q4_K, DType.NF4}) {
                Tensor weights = random.of(dtype, 300, columns(dtype, 203));
                for (int rows : new int[] {17, 300}) {
                    long before = EmulatedCublas.counts().products();
                    double error = assertClose(kernels, FAST_BOUND, rows, 1, rows == 17, weights);
                    assertThat(error).as("what halves are for").isGreaterThan(BOUND);
                    assertThat(EmulatedCublas.counts().products())
                            .as("forward and backward of %s", dtype)
                            .isEqualTo(before + 2);
                    assertClose(cut, FAST_BOUND, rows, 1, rows == 17, weights);
                }
            }
        }
    }

    /** Weights are read once for both halves of few rows. */
    @Test
    void halvesOfSomeRowsAreOneProduct() {
        try (Kernels kernels = EmulatedKernels.start()) {
            for (int rows : new int[] {16, 17, 256, 257}) {
                for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.Q8_0}) {
                    Matrix matrix = kernels.matrix(arena, random.of(dtype, 40, 64));
                    long before = EmulatedCublas.counts().products();
                    Tensor y = Tensor.allocate(arena, DType.F32, rows, 40);
                    kernels.multiply(ALONE, random.floats(rows, 64), matrix, y);
                    int expected = rows == 16 || dtype == DType.F32 ? 0 : (dtype == DType.BF16 ? 1 : 2);
                    assertThat(EmulatedCublas.counts().products() - before)
                            .as("%s, %d rows", dtype, rows)
                            .isEqualTo(rows == 257 && expected > 0 ? expected + 1 : expected);
                }
            }
        }
    }

    /** Experts get another number of rows each time. */
    @ParameterizedTest
    @EnumSource(names = {"BF16", "INT8"})
    void fewShapesAreAskedForThoughRowsDiffer(DType dtype) {
        try (Kernels kernels = EmulatedKernels.start()) {
            Matrix matrix = kernels.matrix(arena, random.of(dtype, 40, 64));
            long before = EmulatedCublas.counts().heuristics();
            for (int rows = 17; rows <= 64; rows += 3) {
                kernels.multiply(ALONE, random.floats(rows, 64), matrix, Tensor.allocate(arena, DType.F32, rows, 40));
            }
            assertThat(EmulatedCublas.counts().heuristics() - before).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @CsvSource({"17, 13", "600, 13", "33, 64", "40, 203", "129, 203"})
    void int8HasTheReferencesBitsHoweverItIsCut(int rows, int columns) {
        Tensor[] parts = {random.of(DType.INT8, 290, columns), random.of(DType.INT8, 13, columns)};
        Tensor x = scaled(3, rows, columns); // an outlier in twenty
        Tensor dy = random.floats(rows, 303);
        float[] expected;
        try (Kernels reference = new ScalarKernels()) {
            expected =
                    forward(reference, reference.matrix(arena, parts), x, true).toFloats();
        }
        for (ManyRows limits : List.of(SMALL, ManyRows.of(false), ManyRows.of(true))) {
            try (Kernels kernels = EmulatedKernels.start(limits)) {
                long before = EmulatedCublas.counts().products();
                Results found = results(kernels, x, dy, true, parts);
                assertThat(EmulatedCublas.counts().products()).isGreaterThan(before);
                assertThat(found.y.toFloats()).containsExactly(expected);
                assertThat(largestError(found.dx, dy, RandomTensors.decode(parts), true, false))
                        .isLessThan(limits.fast() ? FAST_BOUND : BOUND);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "Q4_1", "INT8"})
    void whatIsNotFiniteShowsInItsRowAlone(DType dtype) {
        try (Kernels kernels = EmulatedKernels.start()) {
            Tensor weights = random.floats(30, 64);
            for (int i = 0; i < 30; i++) {
                weights.setFloat(i * 64 + 6, 0);
            }
            Matrix matrix = kernels.matrix(arena, Elements.convert(arena, weights, dtype));
            for (int rows : new int[] {40, 300}) {
                Tensor x = random.floats(rows, 64);
                x.setFloat(3 * 64 + 5, Float.intBitsToFloat(0x7f800001)); // its upper half alone would be infinite
                x.setFloat(7 * 64 + 5, Float.NEGATIVE_INFINITY);
                x.setFloat(9 * 64 + 6, Float.MAX_VALUE); // rounded up it would be infinite
                Tensor y = Tensor.allocate(arena, DType.F32, rows, 30);
                kernels.multiply(ALONE, x, matrix, y);
                for (int row = 0; row < rows; row++) {
                    for (float value : y.slice(row, row + 1L).toFloats()) {
                        assertThat(Float.isFinite(value)).as("row %d", row).isEqualTo(row != 3 && row != 7);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "Q4_0", "INT8"})
    void whereTheLibraryHasNoAlgorithmOwnKernelsTakeOver(DType dtype) {
        Tensor weights = random.of(dtype, 300, 64);
        Tensor x = random.floats(200, 64);
        Tensor dy = random.floats(200, 300);
        Results expected;
        try (Kernels kernels = EmulatedKernels.startWithoutCublas()) {
            expected = results(kernels, x, dy, true, weights);
        }
        for (int status : new int[] {7, 15}) {
            EmulatedCublas.answer(0, status, 0);
            try (Kernels kernels = EmulatedKernels.start(SMALL)) {
                Results found = results(kernels, x, dy, true, weights);
                assertThat(found.y.toFloats()).containsExactly(expected.y.toFloats());
                assertThat(found.dx.toFloats()).containsExactly(expected.dx.toFloats());
            }
        }
    }

    @Test
    void productThatIsRefusedFailsItsRequestAndNoOther() {
        try (Kernels kernels = EmulatedKernels.start()) {
            Tensor weights = random.of(DType.BF16, 30, 64);
            Matrix matrix = kernels.matrix(arena, weights);
            Tensor x = random.floats(40, 64);
            Tensor y = Tensor.allocate(arena, DType.F32, 40, 30);
            EmulatedCublas.answer(0, 0, 15);
            assertThatThrownBy(() -> kernels.multiply(ALONE, x, matrix, y))
                    .isInstanceOfSatisfying(
                            CublasException.class, e -> assertThat(e.isFatal()).isFalse())
                    .hasMessageContainingAll("128 rows of 64 to 30 outputs", "CUBLAS_STATUS_NOT_SUPPORTED");
            kernels.multiply(ALONE, x, matrix, y);
            assertThat(largestError(y, x, RandomTensors.decode(weights), false, false))
                    .isLessThan(BOUND);
        }
    }

    @Test
    void lostDeviceShowsWhereTheHostWaits() {
        try (Kernels kernels = EmulatedKernels.startFast()) {
            Matrix matrix = kernels.matrix(arena, random.of(DType.BF16, 30, 64));
            Tensor y = Tensor.allocate(arena, DType.F32, 40, 30);
            EmulatedFailure.next(719);
            assertThatThrownBy(() -> kernels.multiply(ALONE, random.floats(40, 64), matrix, y))
                    .isInstanceOfSatisfying(
                            CudaException.class, e -> assertThat(e.isFatal()).isTrue())
                    .hasMessageContainingAll("work up to cublasLtMatmul", "CUDA_ERROR_LAUNCH_FAILED");
        }
    }

    @Test
    void nobodyWaitsForProductsOnTheDevice() {
        try (Kernels kernels = EmulatedKernels.start();
                Arena onDevice = Arena.ofShared()) {
            for (DType dtype : new DType[] {DType.BF16, DType.Q4_0, DType.INT8}) {
                Matrix matrix = kernels.matrix(onDevice, random.of(dtype, 30, 64));
                Tensor x = kernels.memory().keep(onDevice, random.floats(40, 64));
                Tensor y = kernels.memory().allocate(onDevice, DType.F32, 40, 30);
                kernels.multiplyAdd(ALONE, x, matrix, y); // scratch grows
                kernels.multiplyTransposed(ALONE, y, matrix, x);
                EmulatedTraffic before = EmulatedTraffic.soFar();
                kernels.multiplyAdd(ALONE, x, matrix, y);
                kernels.multiplyTransposed(ALONE, y, matrix, x);
                assertThat(EmulatedTraffic.soFar().since(before))
                        .as("%s", dtype)
                        .isEqualTo(new EmulatedTraffic(0, 0, 0));
            }
        }
    }

    @Test
    void everythingOfTheLibraryIsDestroyed() {
        long before = EmulatedCublas.counts().held();
        try (Kernels kernels = EmulatedKernels.start()) {
            results(kernels, random.floats(40, 64), random.floats(40, 30), false, random.of(DType.Q4_0, 30, 64));
            assertThat(EmulatedCublas.counts().held()).isGreaterThan(before);
        }
        assertThat(EmulatedCublas.counts().held()).isEqualTo(before);
    }
}
