package corolla.tensor.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import corolla.tensor.AttentionCall;
import corolla.tensor.AttentionCall.Sequence;
import corolla.tensor.AttentionHeads;
import corolla.tensor.AttentionHeads.Values;
import corolla.tensor.AttentionLayer;
import corolla.tensor.AttentionLayer.HeadNorms;
import corolla.tensor.DType;
import corolla.tensor.Kernels;
import corolla.tensor.RopeTable;
import corolla.tensor.Tensor;
import corolla.tensor.contract.AttentionSample.Extra;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every {@link Kernels} owes about rotary embedding, the cache and attention. */
public abstract class AttentionContract {
    private static final int POSITIONS = 80;

    private final Arena arena = Arena.ofConfined();
    private final Kernels kernels;
    private final RandomTensors random = new RandomTensors(arena, 44);

    /** Takes fresh kernels and closes them. */
    protected AttentionContract(Kernels kernels) {
        this.kernels = kernels;
    }

    @AfterEach
    void close() {
        kernels.close();
        arena.close();
    }

    private record Shape4(int heads, int kvHeads, int size, int window) {
        int width() {
            return (heads + 2 * kvHeads) * size;
        }
    }

    private Tensor cache(Shape4 shape) {
        return Tensor.allocate(arena, DType.F32, shape.kvHeads, POSITIONS, shape.size);
    }

    private AttentionCall call(Shape4 shape, Tensor qkv, @Nullable RopeTable rope, Tensor out, Sequence... sequences) {
        float scale = (float) (1 / Math.sqrt(shape.size));
        AttentionLayer layer = AttentionLayer.of(shape.heads, shape.kvHeads, shape.size, scale)
                .withWindow(shape.window)
                .withRope(rope);
        return new AttentionCall(layer, qkv, List.of(sequences), out);
    }

    private void run(AttentionCall call, int members) {
        LoneMember.all(members, me -> kernels.rotate(me, call));
        LoneMember.all(members, me -> kernels.attention(me, call));
    }

    private RopeTable rope(int rotated, RopeTable.Pairing pairing) {
        Tensor cosines = Tensor.allocate(arena, DType.F32, POSITIONS, rotated / 2);
        Tensor sines = Tensor.allocate(arena, DType.F32, POSITIONS, rotated / 2);
        for (int position = 0; position < POSITIONS; position++) {
            for (int pair = 0; pair < rotated / 2; pair++) {
                double angle = position * Math.pow(10000, -2.0 * pair / rotated);
                cosines.setFloat((long) position * (rotated / 2) + pair, (float) Math.cos(angle));
                sines.setFloat((long) position * (rotated / 2) + pair, (float) Math.sin(angle));
            }
        }
        return new RopeTable(cosines, sines, pairing);
    }

    /** Softmax(q·kᵀ·scale)·v in double precision from what was stored without rotation. */
    private static double expected(Shape4 shape, float[] qkv, int row, int head, int element) {
        int kvHead = head / (shape.heads / shape.kvHeads);
        int keyAt = (shape.heads + kvHead) * shape.size;
        int valueAt = (shape.heads + shape.kvHeads + kvHead) * shape.size;
        double weights = 0;
        double sum = 0;
        for (int key = (int) Math.max(0, (long) row - shape.window + 1); key <= row; key++) {
            double product = 0;
            for (int k = 0; k < shape.size; k++) {
                product += (double) qkv[row * shape.width() + head * shape.size + k]
                        * qkv[key * shape.width() + keyAt + k];
            }
            double weight = Math.exp(product / Math.sqrt(shape.size));
            weights += weight;
            sum += weight * qkv[key * shape.width() + valueAt + element];
        }
        return sum / weights;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1000",
        "1, 1, 16, 1000",
        "9, 3, 64, 1000",
        "4, 1, 13, 1000",
        "6, 2, 24, 5",
        "8, 1, 80, 1000",
        "4, 4, 128, 17",
        "10, 2, 6, 1"
    })
    void outputIsTheWeightedMeanOfValues(int heads, int kvHeads, int size, int window) {
        Shape4 shape = new Shape4(heads, kvHeads, size, window);
        int tokens = 37;
        for (int members = 1; members <= 3; members++) {
            Tensor qkv = random.floats(tokens, shape.width());
            float[] before = qkv.toFloats();
            Tensor out = random.floats(tokens, (long) heads * size);
            run(call(shape, qkv, null, out, new Sequence(0, tokens, cache(shape), cache(shape), 0)), members);
            for (int row = 0; row < tokens; row++) {
                for (int i = 0; i < heads * size; i++) {
                    assertThat((double) out.getFloat((long) row * heads * size + i))
                            .as("row %d, element %d", row, i)
                            .isCloseTo(expected(shape, before, row, i / size, i % size), within(3e-6));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"BIASES, 64, 1000", "BIASES, 13, 7", "HEAD_NORMS, 64, 1000", "HEAD_NORMS, 6, 1000"})
    void biasesAndHeadNormsAreThoseOfTheFormula(AttentionSample.Extra extra, int size, int window) {
        var sample = new AttentionSample(6, 2, size, size / 2 * 2, RopeTable.Pairing.HALVES, window, extra, 37, 3);
        float[] qkv = Numeric.random(5, sample.qkvElements());
        for (int members = 1; members <= 3; members++) {
            AttentionCall call = sample.forward(arena, qkv);
            double[] wanted = new DoubleAttention(call).attend(Numeric.doubles(qkv));
            run(call, members);
            Numeric.assertClose(call.out().toFloats(), wanted, 1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"9, 3, 64, 1000", "4, 2, 24, 9", "2, 1, 6, 1000"})
    void chunksAndSingleTokensGiveTheBitsOfOnePass(int heads, int kvHeads, int size, int window) {
        Shape4 shape = new Shape4(heads, kvHeads, size, window);
        RopeTable rope = rope(size, RopeTable.Pairing.HALVES);
        int tokens = 40;
        Tensor qkv = random.floats(tokens, shape.width());
        Tensor whole = Tensor.allocate(arena, DType.F32, tokens, (long) heads * size);
        Tensor copy = Tensor.of(arena, qkv.toFloats(), tokens, shape.width());
        run(call(shape, copy, rope, whole, new Sequence(0, tokens, cache(shape), cache(shape), 0)), 1);
        Tensor keys = cache(shape);
        Tensor values = cache(shape);
        Tensor parts = Tensor.allocate(arena, DType.F32, tokens, (long) heads * size);
        int[] chunks = {1, 13, 1, 1, 20, 4};
        int position = 0;
        for (int i = 0; i < chunks.length; i++) {
            Tensor rows = qkv.slice(position, position + chunks[i]);
            Tensor out = parts.slice(position, position + chunks[i]);
            run(call(shape, rows, rope, out, new Sequence(0, chunks[i], keys, values, position)), 1 + i % 3);
            position += chunks[i];
        }
        assertThat(parts.toFloats()).containsExactly(whole.toFloats());
    }

    static Stream<AttentionSample> layouts() {
        return Stream.of(
                new AttentionSample(AttentionHeads.of(8, 2, 64), 64, RopeTable.Pairing.HALVES, 9, Extra.SINKS, 40),
                new AttentionSample(
                        AttentionHeads.of(3, 1, 7), 0, RopeTable.Pairing.HALVES, 1000, Extra.SINKS, 11, 1, 20),
                new AttentionSample(
                        new AttentionHeads(6, 3, 96, 64, Values.OWN),
                        32,
                        RopeTable.Pairing.NEIGHBOURS,
                        1000,
                        Extra.NOTHING,
                        33),
                new AttentionSample(
                        new AttentionHeads(2, 2, 5, 80, Values.OWN), 4, RopeTable.Pairing.HALVES, 4, Extra.SINKS, 17),
                new AttentionSample(
                        new AttentionHeads(9, 1, 80, 64, Values.IN_KEYS),
                        16,
                        RopeTable.Pairing.NEIGHBOURS,
                        1000,
                        Extra.NOTHING,
                        37),
                new AttentionSample(
                        new AttentionHeads(4, 2, 24, 16, Values.IN_KEYS),
                        8,
                        RopeTable.Pairing.HALVES,
                        5,
                        Extra.SINKS,
                        8,
                        9));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void everyLayoutEqualsTheFormula(AttentionSample sample) {
        float[] qkv = Numeric.random(3, sample.qkvElements());
        double[] wanted = new DoubleAttention(sample.forward(arena, qkv)).attend(Numeric.doubles(qkv));
        for (int members = 1; members <= 3; members++) {
            AttentionCall call = sample.forward(arena, qkv);
            run(call, members);
            Numeric.assertClose(call.out().toFloats(), wanted, 1e-5);
        }
    }

    @Test
    void sinkTakesAllWhereItIsLargeAndNothingWhereItIsSmall() {
        AttentionSample plain = new AttentionSample(1, 1, 16, 0, RopeTable.Pairing.HALVES, 99, 5);
        AttentionCall without = plain.forward(arena, Numeric.random(3, plain.qkvElements()));
        run(without, 1);
        for (float sink : new float[] {500, -500}) {
            AttentionCall call = new AttentionCall(
                    without.layer().withSinks(Tensor.of(arena, new float[] {sink}, 1)),
                    without.qkv(),
                    without.sequences(),
                    Tensor.allocate(arena, DType.F32, 5, 16));
            LoneMember.all(1, me -> kernels.attention(me, call));
            assertThat(call.out().toFloats())
                    .containsExactly(sink > 0 ? new float[80] : without.out().toFloats());
        }
    }

    @Test
    void sequencesOfABatchDoNotMeet() {
        Shape4 shape = new Shape4(6, 2, 32, 1000);
        RopeTable rope = rope(32, RopeTable.Pairing.HALVES);
        Tensor qkv = random.floats(12, shape.width());
        Tensor alone = Tensor.of(arena, qkv.toFloats(), 12, shape.width());
        Tensor out = Tensor.allocate(arena, DType.F32, 12, 6 * 32);
        Tensor outAlone = Tensor.allocate(arena, DType.F32, 12, 6 * 32);
        run(call(shape, qkv, rope, out, sequence(shape, 0, 7), sequence(shape, 7, 1), sequence(shape, 8, 4)), 2);
        for (int[] range : new int[][] {{0, 7}, {7, 8}, {8, 12}}) {
            Tensor rows = alone.slice(range[0], range[1]);
            Tensor target = outAlone.slice(range[0], range[1]);
            run(call(shape, rows, rope, target, sequence(shape, 0, range[1] - range[0])), 1);
        }
        assertThat(out.toFloats()).containsExactly(outAlone.toFloats());
    }

    private Sequence sequence(Shape4 shape, int row, int tokens) {
        return new Sequence(row, tokens, cache(shape), cache(shape), 0);
    }

    @ParameterizedTest
    @EnumSource
    void rotationTurnsPairsByTheirAngle(RopeTable.Pairing pairing) {
        for (int rotated : new int[] {40, 24}) {
            Shape4 shape = new Shape4(2, 1, 40, 1000);
            RopeTable rope = rope(rotated, pairing);
            Tensor qkv = random.floats(3, shape.width());
            float[] before = qkv.toFloats();
            Tensor keys = cache(shape);
            Tensor values = cache(shape);
            Tensor out = random.floats(3, 80);
            AttentionCall call = call(shape, qkv, rope, out, new Sequence(0, 3, keys, values, 5));
            LoneMember.all(3, me -> kernels.rotate(me, call));
            for (int row = 0; row < 3; row++) {
                for (int i = 0; i < 40; i++) {
                    int at = row * shape.width() + i;
                    double key = turned(before, at - i + 80, i, 5 + row, rope);
                    assertThat((double) qkv.getFloat(at))
                            .isCloseTo(turned(before, at - i, i, 5 + row, rope), within(1e-5));
                    assertThat((double) keys.getFloat((5L + row) * 40 + i)).isCloseTo(key, within(1e-5));
                    assertThat(values.getFloat((5L + row) * 40 + i)).isEqualTo(before[at + 120]);
                }
            }
            assertThat(keys.getFloat(4 * 40)).isZero();
            assertThat(keys.getFloat(8 * 40)).isZero();
        }
    }

    private static double turned(float[] x, int at, int element, int position, RopeTable rope) {
        int half = rope.rotated() / 2;
        if (element >= rope.rotated()) {
            return x[at + element];
        }
        boolean halves = rope.pairing() == RopeTable.Pairing.HALVES;
        int pair = halves ? element % half : element / 2;
        boolean first = halves ? element < half : element % 2 == 0;
        double a = x[at + (halves ? pair : 2 * pair)];
        double b = x[at + (halves ? pair + half : 2 * pair + 1)];
        double angle = position * Math.pow(10000, -1.0 * pair / half);
        return first ? a * Math.cos(angle) - b * Math.sin(angle) : b * Math.cos(angle) + a * Math.sin(angle);
    }

    @Test
    void wrongShapesAreRefused() {
        Shape4 shape = new Shape4(4, 2, 8, 1000);
        Tensor qkv = random.floats(3, shape.width());
        Tensor out = random.floats(3, 32);
        Tensor cache = cache(shape);
        assertRefused(() -> call(shape, random.floats(3, 5), null, out, new Sequence(0, 3, cache, cache, 0)));
        assertRefused(() -> call(shape, qkv, null, random.floats(3, 31), new Sequence(0, 3, cache, cache, 0)));
        assertRefused(() -> call(shape, qkv, null, out, new Sequence(0, 2, cache, cache, 0)));
        assertRefused(() -> call(shape, qkv, null, out, new Sequence(1, 3, cache, cache, 0)));
        assertRefused(() -> new Sequence(0, 3, cache, cache, POSITIONS - 2));
        assertRefused(() -> call(new Shape4(4, 3, 8, 9), qkv, null, out, new Sequence(0, 3, cache, cache, 0)));
        Tensor narrow = random.floats(2, POSITIONS, 7);
        assertRefused(() -> call(shape, qkv, null, out, new Sequence(0, 3, narrow, narrow, 0)));
        assertRefused(() -> new AttentionHeads(4, 2, 8, 9, Values.IN_KEYS));
        Tensor sinks = random.floats(3);
        assertRefused(() -> AttentionLayer.of(4, 2, 8, 1).withSinks(sinks));
        RopeTable wide = rope(10, RopeTable.Pairing.HALVES);
        assertRefused(() -> call(shape, qkv, wide, out, new Sequence(0, 3, cache, cache, 0)));
        AttentionLayer layer = AttentionLayer.of(4, 2, 8, 1);
        assertRefused(() -> layer.withBiases(random.floats(3, POSITIONS)));
        assertRefused(() -> layer.withNorms(new HeadNorms(random.floats(8), random.floats(7), 1e-6f)));
        AttentionLayer few = layer.withBiases(random.floats(4, 2));
        assertRefused(() -> new AttentionCall(few, qkv, List.of(new Sequence(0, 3, cache, cache, 0)), out));
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }
}
