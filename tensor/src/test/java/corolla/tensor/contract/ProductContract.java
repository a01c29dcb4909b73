package corolla.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import corolla.tensor.quant.Elements;
import corolla.tensor.quant.MixedRow;
import corolla.tensor.scalar.ScalarKernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every {@link Kernels} owes about products with weights. */
public abstract class ProductContract {
    private static final int[] SIZES = {1, 4, 6, 8, 13, 25, 207, 1024, 2046};
    private static final int[] BATCHES = {1, 2, 3, 5, 17};

    private final Arena arena = Arena.ofConfined();
    private final Kernels kernels;
    private final RandomTensors random = new RandomTensors(arena, 42);

    /** Takes fresh kernels and closes them. */
    protected ProductContract(Kernels kernels) {
        this.kernels = kernels;
    }

    @BeforeEach
    void kernelsHaveADescription() {
        assertThat(kernels.description()).isNotBlank();
    }

    @AfterEach
    void close() {
        kernels.close();
        arena.close();
    }

    private static int columns(DType dtype, int size) {
        int group = dtype.elementsPerGroup();
        return (size + group - 1) / group * group;
    }

    private interface Case {
        void run(Tensor weights, int batch, int members);
    }

    /** Pairs of sizes, with a batch and a team size each, so that all of them occur. */
    private void forCases(DType dtype, Case check) {
        int number = 0;
        for (int i = 0; i < SIZES.length; i++) {
            // Wide groups make the matrices of small sizes wide, too: half the pairs are enough.
            for (int shift : dtype.elementsPerGroup() > 32 ? new int[] {4} : new int[] {0, 4}) {
                int rows = SIZES[(i + shift) % SIZES.length];
                Tensor weights = random.of(dtype, rows, columns(dtype, SIZES[i]));
                check.run(weights, BATCHES[number % BATCHES.length], 1 + number % 3);
                number++;
            }
        }
    }

    @Test
    void biasNeedsNoBarrierAfterTheProduct() {
        for (int members = 1; members <= 4; members++) {
            for (int batch : BATCHES) {
                Tensor[] parts = {
                    random.of(DType.F32, 25, 13), random.of(DType.F32, 207, 13), random.of(DType.F32, 6, 13)
                };
                Matrix matrix = kernels.matrix(arena, parts);
                Tensor x = random.floats(batch, 13);
                Tensor bias = random.floats(238);
                Tensor product = random.floats(batch, 238);
                Tensor y = random.floats(batch, 238);
                LoneMember.all(members, me -> kernels.multiply(me, x, matrix, product));
                LoneMember.all(members, me -> {
                    kernels.multiply(me, x, matrix, y);
                    kernels.addBias(me, matrix, bias, y);
                });
                for (int i = 0; i < y.elements(); i++) {
                    assertThat(y.getFloat(i)).isEqualTo(product.getFloat(i) + bias.getFloat(i % 238));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "INT8", "NF4"})
    void multiplyIsTheSumOfProducts(DType dtype) {
        forCases(dtype, (weights, batch, members) -> {
            Tensor x = random.floats(batch, weights.columns());
            Tensor y = random.floats(batch, weights.rows());
            Matrix matrix = kernels.matrix(arena, weights);
            LoneMember.all(members, me -> kernels.multiply(me, x, matrix, y));
            assertProduct(x, y, null, weights);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "INT8", "NF4"})
    void multiplyAddAddsToWhatWasThere(DType dtype) {
        forCases(dtype, (weights, batch, members) -> {
            Tensor x = random.floats(batch, weights.columns());
            Tensor y = random.floats(batch, weights.rows());
            float[] before = y.toFloats();
            Matrix matrix = kernels.matrix(arena, weights);
            LoneMember.all(members, me -> kernels.multiplyAdd(me, x, matrix, y));
            assertProduct(x, y, before, weights);
        });
    }

    @Test
    void partsAreStackedByRows() {
        for (int batch : new int[] {1, 2, 7}) {
            Tensor[] parts = {
                random.of(DType.Q4_1, 25, 64),
                random.of(DType.F32, 13, 64),
                random.of(DType.Q8_0, 100, 64),
                random.of(DType.NF4, 33, 64),
                random.of(DType.BF16, 6, 64)
            };
            Matrix matrix = kernels.matrix(arena, parts);
            assertThat(matrix.rows()).isEqualTo(177);
            assertThat(matrix.columns()).isEqualTo(64);
            assertThat(matrix.bytes()).isPositive();
            Tensor x = random.floats(batch, 64);
            Tensor y = random.floats(batch, 177);
            LoneMember.all(3, me -> kernels.multiply(me, x, matrix, y));
            assertProduct(x, y, null, parts);
        }
    }

    private void assertProduct(Tensor x, Tensor y, float @Nullable [] before, Tensor... parts) {
        float[][] weights = RandomTensors.decode(parts);
        int columns = (int) x.columns();
        for (int row = 0; row < x.rows(); row++) {
            double[] values = multiplied(parts[0].dtype(), x.slice(row, row + 1L));
            for (int out = 0; out < weights.length; out++) {
                double sum = 0;
                double size = 0;
                for (int k = 0; k < columns; k++) {
                    double value = values[k];
                    sum += value * weights[out][k];
                    size += Math.abs(value);
                }
                int index = row * weights.length + out;
                double expected = before == null ? sum : before[index] + sum;
                double tolerance = tolerance(columns, size) * looseness(parts[0].dtype(), x.rows());
                assertClose("output", y.getFloat(index), expected, tolerance, parts);
            }
        }
    }

    /** One row of activations as it goes into the product: INT8 weights are multiplied with what int8 leaves of it. */
    private static double[] multiplied(DType weights, Tensor row) {
        double[] values = Numeric.doubles(row.toFloats());
        if (weights == DType.INT8) {
            MixedRow mixed = new MixedRow(values.length);
            mixed.split(row.data(), 0);
            List<Integer> outliers = IntStream.range(0, mixed.outlierCount())
                    .mapToObj(mixed::outlierColumn)
                    .toList();
            for (int k = 0; k < values.length; k++) {
                values[k] = outliers.contains(k) ? values[k] : (double) mixed.scale() * mixed.numbers()[k];
            }
        }
        return values;
    }

    /** There are millions of these: only a failure goes the slow way. */
    private static void assertClose(String what, double found, double expected, double tolerance, Tensor... parts) {
        if (!(Math.abs(found - expected) <= tolerance)) {
            assertThat(found).as("%s of %s", what, List.of(parts)).isCloseTo(expected, within(tolerance));
        }
    }

    /** How many times f32's rounding a product of so many rows may be wrong. */
    protected double looseness(DType weights, long rows) {
        return 1;
    }

    /** Rounding grows with the length of a sum; weights are about 1, and 4-bit ones carry an offset of about 3. */
    private static double tolerance(int terms, double size) {
        return (4 + Math.sqrt(terms)) * 0x1p-24 * (4 * size + 4);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "INT8", "NF4"})
    void transposedIsTheGradientOfTheInput(DType dtype) {
        forCases(dtype, (weights, batch, members) -> {
            Tensor other = random.of(dtype, 19, weights.columns());
            Tensor dy = random.floats(batch, weights.rows() + 19);
            Tensor dx = random.floats(batch, weights.columns());
            Matrix matrix = kernels.matrix(arena, weights, other);
            LoneMember.all(members, me -> kernels.multiplyTransposed(me, dy, matrix, dx));
            assertGradient(dy, dx, weights, other);
        });
    }

    private void assertGradient(Tensor dy, Tensor dx, Tensor... parts) {
        float[][] weights = RandomTensors.decode(parts);
        int columns = (int) dx.columns();
        for (int row = 0; row < dy.rows(); row++) {
            double[] sums = new double[columns];
            double size = 0;
            for (int out = 0; out < weights.length; out++) {
                double gradient = dy.getFloat((long) row * weights.length + out);
                size += Math.abs(gradient);
                for (int k = 0; k < columns; k++) {
                    sums[k] += gradient * weights[out][k];
                }
            }
            for (int k = 0; k < columns; k++) {
                float found = dx.getFloat((long) row * columns + k);
                double tolerance = tolerance(weights.length, size) * looseness(parts[0].dtype(), dy.rows());
                assertClose("input", found, sums[k], tolerance, parts);
            }
        }
    }

    /** Batches among which a row must not change a bit. */
    protected List<List<Integer>> equalBatches(DType dtype) {
        return switch (dtype) {
            case F32, INT8 -> List.of(List.of(1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 64, 65, 96, 97, 130));
            default -> List.of(List.of(1, 2, 3, 4), List.of(5, 6, 7, 8, 15, 16, 17, 31, 33, 64, 65, 96, 97, 130));
        };
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "INT8", "NF4"})
    void rowDoesNotDependOnItsBatch(DType dtype) {
        for (int size : new int[] {64, 576, 2048}) {
            int columns = columns(dtype, size);
            Tensor x = random.floats(130, columns);
            Matrix matrix = kernels.matrix(arena, random.of(dtype, 96, columns), random.of(dtype, 31, columns));
            for (List<Integer> batches : equalBatches(dtype)) {
                List<float[]> firstRows = new ArrayList<>();
                for (int batch : batches) {
                    for (int members : new int[] {1, 2, 3}) {
                        Tensor rows = x.slice(0, batch);
                        Tensor y = Tensor.allocate(arena, DType.F32, batch, 127);
                        LoneMember.all(members, me -> kernels.multiply(me, rows, matrix, y));
                        firstRows.add(y.slice(0, 1).toFloats());
                    }
                }
                assertThat(firstRows)
                        .as("%s of %d columns in %s", dtype, columns, batches)
                        .allSatisfy(row -> assertThat(row).containsExactly(firstRows.getFirst()));
            }
        }
    }

    /** Outliers in different columns of each row, in more columns than one, and rows that are nothing else. */
    @Test
    void int8ProductsAreThoseOfTheReferenceBitForBit() {
        for (int columns : new int[] {1, 13, 64, 207, 1030}) {
            Tensor x = random.floats(130, columns);
            for (int i = 0; i < x.elements(); i += 7) {
                x.setFloat(i, x.getFloat(i) * 9);
            }
            for (int i = 0; i < columns; i++) {
                x.setFloat(2L * columns + i, 6 + i % 5);
                x.setFloat(3L * columns + i, 0);
            }
            Tensor[] parts = {random.of(DType.INT8, 75, columns), random.of(DType.INT8, 31, columns)};
            try (ScalarKernels reference = new ScalarKernels()) {
                for (int batch : new int[] {1, 3, 4, 130}) {
                    for (boolean add : new boolean[] {false, true}) {
                        float[] expected = int8Product(reference, x.slice(0, batch), add, 1, parts);
                        assertThat(int8Product(kernels, x.slice(0, batch), add, 3, parts))
                                .as("%d columns, batch of %d, add %s", columns, batch, add)
                                .containsExactly(expected);
                    }
                }
            }
        }
    }

    private float[] int8Product(Kernels under, Tensor x, boolean add, int members, Tensor... parts) {
        Matrix matrix = under.matrix(arena, parts);
        Tensor y = Tensor.allocate(arena, DType.F32, x.rows(), matrix.rows());
        for (long i = 0; i < y.elements(); i++) {
            y.setFloat(i, (int) (i % 3));
        }
        LoneMember.all(members, me -> {
            if (add) {
                under.multiplyAdd(me, x, matrix, y);
            } else {
                under.multiply(me, x, matrix, y);
            }
        });
        return y.toFloats();
    }

    /** LLM.int8, table 1: what a few large features cost when they share a scale with the rest, and do not here. */
    @Test
    void plantedOutliersDoNotSpoilInt8Products() {
        int columns = 512;
        Tensor weights = random.floats(64, columns);
        Matrix matrix = kernels.matrix(arena, Elements.convert(arena, weights, DType.INT8));
        Tensor plain = random.floats(3, columns);
        Tensor planted = random.floats(3, columns);
        planted.copyFrom(plain);
        for (int row = 0; row < 3; row++) {
            planted.setFloat((long) row * columns + 17L * (row + 1), 60);
            planted.setFloat((long) row * columns + 300, -45);
        }
        long before = kernels.outliers().outliers();
        double plainError = int8Error(matrix, weights, plain);
        assertThat(kernels.outliers().outliers()).isEqualTo(before);
        double plantedError = int8Error(matrix, weights, planted);
        assertThat(kernels.outliers().outliers()).isEqualTo(before + 6);
        assertThat(kernels.outliers().features()).isEqualTo(6L * columns);
        // The outliers' own products are exact but for the weights' rounding, 1 / 254 of the largest weight.
        assertThat(plantedError).isLessThan(plainError + 105 * 4.5 / 254);
    }

    private double int8Error(Matrix matrix, Tensor weights, Tensor x) {
        Tensor y = Tensor.allocate(arena, DType.F32, x.rows(), weights.rows());
        LoneMember.all(2, me -> kernels.multiply(me, x, matrix, y));
        double largest = 0;
        for (long row = 0; row < x.rows(); row++) {
            for (long out = 0; out < weights.rows(); out++) {
                double sum = 0;
                for (long k = 0; k < x.columns(); k++) {
                    sum += (double) x.getFloat(row * x.columns() + k) * weights.getFloat(out * x.columns() + k);
                }
                largest = Math.max(largest, Math.abs(y.getFloat(row * weights.rows() + out) - sum));
            }
        }
        return largest;
    }

    @Test
    void rowDoesNotDependOnItsPlace() {
        Matrix matrix = kernels.matrix(arena, random.of(DType.F32, 100, 576));
        Tensor x = random.floats(9, 576);
        Tensor y = Tensor.allocate(arena, DType.F32, 9, 100);
        for (int i = 1; i < 9; i++) {
            x.slice(i, i + 1).copyFrom(x.slice(0, 1));
        }
        kernels.multiply(new LoneMember(0, 1), x, matrix, y);
        for (int i = 1; i < 9; i++) {
            assertThat(y.slice(i, i + 1).toFloats())
                    .containsExactly(y.slice(0, 1).toFloats());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "F16", "Q8_0", "Q4_0", "Q4_1", "Q4_K", "Q5_K", "Q6_K", "MXFP4", "INT8", "NF4"})
    void rowsAreDecoded(DType dtype) {
        int columns = columns(dtype, 96);
        Tensor table = random.of(dtype, 50, columns);
        Tensor rest = random.of(dtype, 7, columns);
        Matrix matrix = kernels.matrix(arena, table, rest);
        int[] ids = {49, 0, 17, 17, 56, 33};
        Tensor out = Tensor.allocate(arena, DType.F32, ids.length, columns);
        LoneMember.all(2, me -> kernels.rows(me, matrix, ids, out));
        float[][] expected = RandomTensors.decode(table, rest);
        for (int i = 0; i < ids.length; i++) {
            assertThat(out.slice(i, i + 1).toFloats()).containsExactly(expected[ids[i]]);
        }
    }

    @Test
    void wrongShapesAreRefused() {
        LoneMember me = new LoneMember(0, 1);
        Matrix matrix = kernels.matrix(arena, random.of(DType.F32, 8, 6));
        Tensor x = random.floats(2, 6);
        Tensor y = random.floats(2, 8);
        assertRefused(() -> kernels.multiply(me, random.floats(2, 5), matrix, y));
        assertRefused(() -> kernels.multiply(me, x, matrix, random.floats(2, 9)));
        assertRefused(() -> kernels.multiply(me, x, matrix, random.floats(3, 8)));
        assertRefused(() -> kernels.multiplyAdd(me, x, matrix, random.floats(1, 8)));
        assertRefused(() -> kernels.multiply(me, random.of(DType.BF16, 2, 6), matrix, y));
        assertRefused(() -> kernels.multiplyTransposed(me, x, matrix, y));
        assertRefused(() -> kernels.rows(me, matrix, new int[] {8}, random.floats(1, 6)));
        assertRefused(() -> kernels.rows(me, matrix, new int[] {-1}, random.floats(1, 6)));
        assertRefused(() -> kernels.rows(me, matrix, new int[] {1}, random.floats(2, 6)));
        assertRefused(() -> kernels.matrix(arena, random.floats(2, 6), random.floats(2, 7)));
        assertRefused(() -> kernels.matrix(arena));
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noRowsAreNoWork() {
        Matrix matrix = kernels.matrix(arena, random.of(DType.F32, 8, 6));
        Tensor x = Tensor.allocate(arena, DType.F32, 0, 6);
        Tensor y = Tensor.allocate(arena, DType.F32, 0, 8);
        LoneMember.all(2, me -> kernels.multiply(me, x, matrix, y));
        assertThat(y.elements()).isZero();
    }
}
