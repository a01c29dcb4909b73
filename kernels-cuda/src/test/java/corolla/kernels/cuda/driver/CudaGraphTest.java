package corolla.kernels.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.kernels.cuda.emulated.EmulatedCuda;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Batches of launches and their graphs, on emulated CUDA. */
final class CudaGraphTest {
    private static final Grid GRID = new Grid(1, 1, 1, 32);
    private static final String SOURCE = """
            extern "C" __global__ void add(int* out, int number) {
                out[threadIdx.x] += number;
            }
            extern "C" __global__ void multiply(int* out, int number) {
                out[threadIdx.x] *= number;
            }
            """;

    private final Arena arena = Arena.ofConfined();
    private final CudaDevice device =
            CudaDevice.open(CudaDriver.open(EmulatedCuda.libraries()).orElseThrow(), 0);
    private final CudaModule module = device.load(
            KernelCompiler.open(EmulatedCuda.libraries(), EmulatedCuda.folder(), device.computeCapability())
                    .orElseThrow()
                    .compile("graph.cu", SOURCE, List.of()),
            "graph");
    private final CudaFunction add = module.function("add");
    private final CudaFunction multiply = module.function("multiply");
    private final long numbers = device.allocate(arena, 128).address();
    private final Arguments arguments = new Arguments();
    private final CudaStream stream = device.createStream(new BatchLimits(4, 2, 3));
    private final EmulatedLaunches before = EmulatedLaunches.soFar();

    @AfterEach
    void close() {
        stream.synchronize();
        stream.close();
        assertThat(launched().alive()).isZero();
        module.close();
        arena.close();
        device.close();
    }

    private void launch(CudaFunction function, int number) {
        stream.launch(function, GRID, arguments.clear().wide(numbers).integer(number));
    }

    /** What the device has after this work, and that all 32 agree. */
    private int result() {
        MemorySegment result = arena.allocate(128);
        stream.copyToHost(result, numbers);
        stream.synchronize();
        assertThat(result.toArray(ValueLayout.JAVA_INT)).containsOnly(result.get(ValueLayout.JAVA_INT, 0));
        return result.get(ValueLayout.JAVA_INT, 0);
    }

    /** ((a · b) + c): a zero, two launches. */
    private int step(int a, int b, int c) {
        stream.zero(numbers, 128);
        launch(add, a);
        launch(multiply, b);
        launch(add, c);
        return result();
    }

    private EmulatedLaunches launched() {
        return EmulatedLaunches.soFar().since(before);
    }

    @Test
    void secondTimeIsAGraphAndOnlyOtherArgumentsAreChanged() {
        assertThat(step(2, 3, 4)).isEqualTo(10);
        assertThat(launched()).isEqualTo(new EmulatedLaunches(3, 0, 0, 0));
        assertThat(step(5, 3, 4)).isEqualTo(19);
        assertThat(launched()).isEqualTo(new EmulatedLaunches(3, 1, 0, 1));
        assertThat(step(5, 3, 4)).isEqualTo(19);
        assertThat(launched()).isEqualTo(new EmulatedLaunches(3, 2, 0, 1));
        assertThat(step(6, 3, 1)).isEqualTo(19);
        assertThat(launched()).isEqualTo(new EmulatedLaunches(3, 3, 2, 1));
    }

    @Test
    void fullBatchGoesAtOnceAndTheRestWhenSomebodyWaits() {
        stream.zero(numbers, 128);
        for (int i = 0; i < 9; i++) {
            launch(add, 1);
        }
        assertThat(launched()).isEqualTo(new EmulatedLaunches(4, 1, 0, 1));
        assertThat(result()).isEqualTo(9);
        assertThat(launched()).as("one alone is no graph").isEqualTo(new EmulatedLaunches(5, 1, 0, 1));
    }

    @Test
    void whatIsGivenKeepsItsArgumentsWhileTheNextAreSet() {
        for (int i = 0; i < 2; i++) {
            stream.zero(numbers, 128);
            for (int k = 1; k <= 12; k++) {
                launch(k % 2 == 0 ? add : multiply, k);
            }
        }
        assertThat(launched().graphs()).isEqualTo(5);
        // ((((0·1 + 2)·3 + 4)·5 + 6)·7 + 8)·9 + 10)·11 + 12
        assertThat(result()).isEqualTo((((((2 * 3 + 4) * 5 + 6) * 7 + 8) * 9 + 10) * 11) + 12);
    }

    @Test
    void marksTellBatchesOfTheSameKernelsApart() {
        for (int round = 0; round < 3; round++) {
            for (int weights : new int[] {7, 9}) {
                stream.zero(numbers, 128);
                stream.mark(weights);
                launch(add, weights);
                launch(multiply, weights);
                assertThat(result()).isEqualTo(weights * weights);
            }
        }
        assertThat(launched()).isEqualTo(new EmulatedLaunches(4, 4, 0, 2));
    }

    @Test
    void otherWorkComesAfterWhatWasLaunched() {
        stream.zero(numbers, 128);
        launch(add, 5);
        stream.zero(numbers, 64);
        launch(add, 1);
        stream.copyOnDevice(numbers, numbers + 64, 64);
        assertThat(result()).isEqualTo(6);
        launch(add, 1);
        assertThat(stream.handle("others' work")).isNotEqualTo(MemorySegment.NULL);
        assertThat(launched()).isEqualTo(new EmulatedLaunches(3, 0, 0, 0));
    }

    @Test
    void graphsThatWereNotUsedForLongGoAndTheirWorkIsDone() {
        stream.zero(numbers, 128);
        for (int kind = 0; kind < 5; kind++) {
            for (int time = 0; time < 2; time++) {
                stream.mark(kind);
                launch(add, kind);
                launch(add, kind);
                stream.handle("a cut"); // nobody waits
            }
            assertThat(launched()).isEqualTo(new EmulatedLaunches(2L * (kind + 1), kind + 1, 0, Math.min(kind + 1, 2)));
        }
        assertThat(result()).isEqualTo(4 * (1 + 2 + 3 + 4));
    }

    @Test
    void onlyTheLastBatchesAreRemembered() {
        for (int kind : new int[] {1, 2, 3, 4, 1, 4}) { // four is one too many: the first is forgotten
            stream.mark(kind);
            launch(add, kind);
            launch(add, kind);
            stream.handle("a cut");
        }
        assertThat(launched()).isEqualTo(new EmulatedLaunches(10, 1, 0, 1));
    }

    @Test
    void withoutMemoryForAGraphItsKernelsAreLaunched() {
        step(1, 1, 1);
        EmulatedFailure.nextGraph(CudaException.OUT_OF_MEMORY);
        assertThat(step(2, 3, 4)).isEqualTo(10);
        assertThat(launched()).isEqualTo(new EmulatedLaunches(6, 0, 0, 0));
        step(2, 3, 4);
        assertThat(step(2, 3, 5)).isEqualTo(11);
        assertThat(launched()).isEqualTo(new EmulatedLaunches(9, 1, 0, 1));
    }

    @Test
    void kernelThatFailsInAGraphIsToldWithTheLastOne() {
        step(1, 1, 1);
        step(1, 1, 1);
        EmulatedFailure.next(719);
        try {
            assertThatThrownBy(() -> step(2, 2, 2))
                    .isInstanceOfSatisfying(
                            CudaException.class, e -> assertThat(e.isFatal()).isTrue())
                    .hasMessageContainingAll("work up to add", "CUDA_ERROR_LAUNCH_FAILED", "start it again");
        } finally {
            EmulatedFailure.next(0);
        }
    }

    @Test
    void aloneEveryLaunchIsTheDriversAtOnce() {
        try (CudaStream plain = device.createStream(BatchLimits.ALONE)) {
            for (int i = 0; i < 4; i++) {
                plain.launch(add, GRID, arguments.clear().wide(numbers).integer(1));
                assertThat(launched()).isEqualTo(new EmulatedLaunches(i + 1, 0, 0, 0));
            }
            plain.synchronize();
        }
    }
}
