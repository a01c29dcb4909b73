package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import corolla.kernels.cuda.driver.BatchLimits;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaDriver;
import corolla.kernels.cuda.driver.CudaException;
import corolla.kernels.cuda.driver.CudaStream;
import corolla.kernels.cuda.driver.EmulatedCopies;
import corolla.kernels.cuda.driver.EmulatedFailure;
import corolla.kernels.cuda.driver.EmulatedTraffic;
import corolla.kernels.cuda.emulated.EmulatedCuda;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Copies by way of pinned memory, on emulated CUDA, where a copy is done when somebody waits for it. */
final class StagingTest {
    private static final int PIECES = 5;

    private final CudaDevice device =
            CudaDevice.open(CudaDriver.open(EmulatedCuda.libraries()).orElseThrow(), 0);
    private final Arena arena = Arena.ofConfined();
    private final CudaStream stream = device.createStream(BatchLimits.defaults());
    private final Staging staging = new Staging(device, stream);
    private final EmulatedCopies before = EmulatedCopies.soFar();

    @AfterEach
    void close() {
        stream.synchronize();
        staging.close();
        stream.close();
        arena.close();
        device.close();
    }

    private MemorySegment random(long bytes) {
        byte[] all = new byte[Math.toIntExact(bytes)];
        new SplittableRandom(7).nextBytes(all);
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, all);
    }

    private EmulatedCopies copied() {
        return EmulatedCopies.soFar().since(before);
    }

    @Test
    void largeMemoryGoesInPiecesAndTheHostIsOneAhead() {
        long bytes = PIECES * PinnedPiece.BYTES_MAX - 12345;
        MemorySegment sent = random(bytes);
        long there = device.allocate(arena, bytes).address();
        staging.toDevice(there, sent);
        assertThat(copied()).as("waits for all but the last two").isEqualTo(new EmulatedCopies(0, PIECES, PIECES - 2));
        staging.await();

        MemorySegment received = arena.allocate(bytes);
        staging.toHost(received, there);
        assertThat(copied()).isEqualTo(new EmulatedCopies(0, 2 * PIECES, 2 * (PIECES - 2)));
        staging.await();
        assertThat(received.mismatch(sent)).isEqualTo(-1);
    }

    @Test
    void smallMemoryIsCopiedWithoutAWait() {
        long there = device.allocate(arena, 1 << 16).address();
        EmulatedTraffic traffic = EmulatedTraffic.soFar();
        int[] results = new int[4];
        for (int i = 0; i < 100; i++) {
            int[] numbers = {i, i + 1, i + 2, i + 3};
            staging.toDevice(there + 16L * i, MemorySegment.ofArray(numbers));
            numbers[0] = -1; // the memory is its owner's again
        }
        staging.toHost(MemorySegment.ofArray(results), there + 16 * 99);
        staging.await();
        assertThat(results).containsExactly(99, 100, 101, 102);
        assertThat(copied()).isEqualTo(new EmulatedCopies(0, 101, 0));
        assertThat(EmulatedTraffic.soFar().since(traffic)).isEqualTo(new EmulatedTraffic(1600, 16, 1));
    }

    /** Pieces are full, are grown and change sides while copies of other sizes are at work. */
    @Test
    void anyMixtureOfSizesArrives() {
        SplittableRandom random = new SplittableRandom(11);
        long room = 3 * PinnedPiece.BYTES_MAX;
        MemorySegment all = random(room);
        long there = device.allocate(arena, room).address();
        for (int round = 0; round < 30; round++) {
            MemorySegment received = arena.allocate(room);
            long at = 0;
            while (at < room) {
                long bytes = Math.min(room - at, 1 + (long) Math.exp(random.nextDouble() * 15.9));
                staging.toDevice(there + at, all.asSlice(at, bytes));
                staging.toHost(received.asSlice(at, bytes), there + at);
                at += bytes;
            }
            staging.await();
            assertThat(received.mismatch(all)).as("round %d", round).isEqualTo(-1);
        }
        assertThat(copied().ordinary()).isZero();
    }

    @Test
    void whatIsForgottenIsNotWritten() {
        long there = device.allocate(arena, 64).address();
        staging.toDevice(there, random(64));
        MemorySegment unwanted = arena.allocate(64);
        staging.toHost(unwanted, there);
        staging.forget();
        MemorySegment wanted = arena.allocate(64);
        staging.toHost(wanted, there);
        staging.await();
        assertThat(wanted.mismatch(random(64))).isEqualTo(-1);
        assertThat(unwanted.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }

    @Test
    void withoutPinnedMemoryOrdinaryOneDoes() {
        EmulatedFailure.nextPinned(CudaException.OUT_OF_MEMORY);
        long there = device.allocate(arena, 64).address();
        staging.toDevice(there, random(64));
        MemorySegment received = arena.allocate(64);
        staging.toHost(received, there);
        staging.await();
        assertThat(received.mismatch(random(64))).isEqualTo(-1);
        assertThat(copied()).isEqualTo(new EmulatedCopies(64, 2, 0));
    }
}
