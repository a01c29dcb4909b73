package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.Member;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.EmulatedDevice;
import corolla.kernels.cuda.driver.EmulatedTraffic;
import corolla.tensor.DType;
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import corolla.tensor.Matrix;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Memory of calls and sessions, which comes from the device's pool. */
final class PoolTest {
    private static final Member ALONE = Member.alone();
    /** 64 MiB beside the workspace of cuBLASLt. */
    private static final long MEMORY = (64L + 32) << 20;

    private static final int ROWS = 1024;
    private static final int COLUMNS = 12 << 10; // a matrix of 48 MiB

    @AfterEach
    void restore() {
        EmulatedDevice.hasPool(true);
        EmulatedDevice.hasMemory(EmulatedDevice.MEMORY);
    }

    /** What y + x has become when x was freed after the work was given, and y's neighbour in the pool was written since. */
    private static float sumWithFreed(Kernels kernels, Arena arena) {
        KernelMemory memory = kernels.memory();
        Tensor y = memory.allocate(arena, DType.F32, 8);
        for (int round = 0; round < 3; round++) {
            try (Arena passing = Arena.ofShared()) {
                kernels.add(
                        ALONE, memory.keep(passing, Tensor.of(passing, new float[] {1, 1, 1, 1, 1, 1, 1, 1}, 8)), y);
            }
        }
        Tensor host = Tensor.allocate(arena, DType.F32, 8);
        memory.copy(ALONE, y, host);
        return host.getFloat(7);
    }

    @Test
    void nobodyWaitsForMemoryAndWorkBeforeStillHasIt() {
        try (Kernels kernels = EmulatedKernels.start();
                Arena arena = Arena.ofShared()) {
            EmulatedTraffic before = EmulatedTraffic.soFar();
            assertThat(sumWithFreed(kernels, arena)).isEqualTo(3);
            assertThat(EmulatedTraffic.soFar().since(before).waits())
                    .as("the result's")
                    .isEqualTo(1);
        }
    }

    @Test
    void withoutAPoolWhoFreesWaits() {
        EmulatedDevice.hasPool(false);
        try (Kernels kernels = EmulatedKernels.start();
                Arena arena = Arena.ofShared()) {
            EmulatedTraffic before = EmulatedTraffic.soFar();
            assertThat(sumWithFreed(kernels, arena)).isEqualTo(3);
            assertThat(EmulatedTraffic.soFar().since(before).waits()).isEqualTo(4);
        }
    }

    @Test
    void whatThePoolHoldsIsFreeAndWeightsGetIt() {
        EmulatedDevice.hasMemory(MEMORY);
        try (Kernels kernels = EmulatedKernels.start();
                Arena arena = Arena.ofShared()) {
            KernelMemory memory = kernels.memory();
            long free = memory.bytesFree().orElseThrow();
            try (Arena passing = Arena.ofShared()) {
                memory.allocate(passing, DType.F32, ROWS, COLUMNS);
                assertThat(memory.bytesFree()).hasValue(free - 4L * ROWS * COLUMNS);
            }
            assertThat(memory.bytesFree()).hasValue(free);
            Matrix matrix;
            try (Arena passing = Arena.ofShared()) {
                matrix = kernels.matrix(arena, Tensor.allocate(passing, DType.F32, ROWS, COLUMNS));
            }
            assertThat(memory.bytesFree()).hasValue(free - matrix.bytes());
            assertThatThrownBy(() -> memory.allocate(arena, DType.F32, ROWS, COLUMNS))
                    .isInstanceOfSatisfying(
                            CudaException.class,
                            e -> assertThat(e.isOutOfMemory()).isTrue())
                    .hasMessageContaining("cuMemAllocAsync of " + 4L * ROWS * COLUMNS + " bytes");
        }
    }

    /** Sizes that come by turns do not fill the device with what the pool keeps for the other. */
    @Test
    void callsOfOtherSizesGetWhatThePoolHolds() {
        EmulatedDevice.hasMemory(MEMORY);
        try (Kernels kernels = EmulatedKernels.start()) {
            KernelMemory memory = kernels.memory();
            for (int round = 0; round < 6; round++) {
                try (Arena passing = Arena.ofShared()) {
                    memory.allocate(passing, DType.F32, ROWS, COLUMNS - 1024 * round);
                }
            }
        }
    }
}
