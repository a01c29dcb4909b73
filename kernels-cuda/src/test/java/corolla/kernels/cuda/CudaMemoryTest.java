package corolla.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.base.compute.Member;
import corolla.kernels.cuda.driver.EmulatedTraffic;
import corolla.tensor.DType;
import corolla.tensor.HeadVectors;
import corolla.tensor.HostBus;
import corolla.tensor.KernelMemory;
import corolla.tensor.Kernels;
import corolla.tensor.Routing;
import corolla.tensor.RoutingRule;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Memory of a device, and who waits for what. */
final class CudaMemoryTest {
    private static final Member ALONE = Member.alone();

    private final Arena arena = Arena.ofShared();
    private final Kernels kernels = EmulatedKernels.start();
    private final KernelMemory memory = kernels.memory();

    @AfterEach
    void close() {
        arena.close();
        kernels.close();
    }

    private Tensor numbers(int count) {
        float[] all = new float[count];
        for (int i = 0; i < count; i++) {
            all[i] = i;
        }
        return Tensor.of(arena, all, count);
    }

    private float[] onHost(Tensor tensor) {
        Tensor host = Tensor.allocate(arena, DType.F32, tensor.elements());
        memory.copy(ALONE, tensor, host);
        return host.toFloats();
    }

    @Test
    void hostCannotTouchIt() {
        Tensor here = memory.allocate(arena, DType.F32, 2, 3);
        assertThat(memory.isHere(here)).isTrue();
        assertThat(memory.isHere(numbers(2))).isFalse();
        assertThatThrownBy(() -> here.getFloat(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> here.slice(1, 2).setFloat(0, 1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(here::toFloats).isInstanceOf(IllegalStateException.class);
        assertThat(onHost(here)).containsOnly(0);
    }

    @Test
    void copiesGoEveryWay() {
        Tensor kept = memory.keep(arena, numbers(6));
        assertThat(memory.keep(arena, kept)).isSameAs(kept);
        Tensor other = memory.allocate(arena, DType.F32, 2, 3);
        memory.copy(ALONE, kept, other);
        assertThat(onHost(other)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(onHost(other.slice(1, 2))).containsExactly(3, 4, 5);
        Tensor host = Tensor.allocate(arena, DType.F32, 6);
        memory.copy(ALONE, numbers(6), host);
        assertThat(host.toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
        memory.zero(ALONE, other.slice(0, 1));
        memory.zero(ALONE, host);
        assertThat(onHost(other)).containsExactly(0, 0, 0, 3, 4, 5);
        assertThat(host.toFloats()).containsOnly(0);
        assertThatThrownBy(() -> memory.copy(ALONE, other, numbers(5))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void columnsAndHeadsAreCopied() {
        Tensor kept = memory.keep(arena, numbers(12)).reshape(3, 4);
        Tensor columns = memory.allocate(arena, DType.F32, 3, 2);
        memory.copyColumns(ALONE, kept, 1, columns, 0, 2);
        assertThat(onHost(columns)).containsExactly(1, 2, 5, 6, 9, 10);
        Tensor byHead = memory.allocate(arena, DType.F32, 6, 2);
        memory.copyHeads(ALONE, 2, 3, 2, HeadVectors.inRows(kept, 0, 2), HeadVectors.byHead(byHead, 2));
        assertThat(onHost(byHead)).containsExactly(0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11);
        assertThatThrownBy(() -> memory.copyColumns(ALONE, kept, 3, columns, 0, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("do not lie in");
    }

    @Test
    void nobodyWaitsForWorkOnTheDevice() {
        Tensor x = memory.keep(arena, numbers(8));
        Tensor y = memory.allocate(arena, DType.F32, 8);
        Tensor host = numbers(8);
        EmulatedTraffic before = EmulatedTraffic.soFar();
        kernels.scale(ALONE, 2, x);
        kernels.add(ALONE, x, y);
        kernels.add(ALONE, host, y);
        assertThat(EmulatedTraffic.soFar().since(before)).isEqualTo(new EmulatedTraffic(32, 0, 0));
        kernels.add(ALONE, y, host); // what writes to the host's memory has waited for all before it
        assertThat(EmulatedTraffic.soFar().since(before)).isEqualTo(new EmulatedTraffic(64, 32, 1));
        assertThat(host.toFloats()).containsExactly(0, 4, 8, 12, 16, 20, 24, 28);
    }

    @Test
    void workThatWasGivenMayUseWhatItsOwnerFrees() {
        Tensor y = memory.allocate(arena, DType.F32, 8);
        try (Arena passing = Arena.ofConfined()) {
            Tensor x = memory.keep(passing, numbers(8));
            kernels.add(ALONE, x, y);
        }
        assertThat(onHost(y)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void freedMemoryIsRefused() {
        Tensor freed;
        try (Arena passing = Arena.ofConfined()) {
            freed = memory.allocate(passing, DType.F32, 8);
        }
        assertThatThrownBy(() -> kernels.scale(ALONE, 2, freed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("arena is closed");
    }

    @Test
    void memoryMayOutliveTheKernels() {
        try (Arena passing = Arena.ofConfined()) {
            try (Kernels others = EmulatedKernels.start()) {
                others.memory().allocate(passing, DType.F32, 8);
            }
        }
        assertThat(memory.bytesFree()).isPresent();
    }

    @Test
    void routingIsDecidedOnTheHost() {
        RoutingRule rule = RoutingRule.of(4, 2, RoutingRule.Scoring.SOFTMAX, true);
        Tensor logits = memory.keep(arena, Tensor.of(arena, new float[] {0, 3, 1, 2, 5, 0, 4, 0}, 2, 4));
        Routing routing = new Routing(rule, 2);
        kernels.experts().choose(ALONE, logits, null, routing);
        routing.sort(ALONE);
        assertThat(new int[] {routing.expert(0, 0), routing.expert(0, 1), routing.expert(1, 0), routing.expert(1, 1)})
                .containsExactly(1, 3, 0, 2);
        Tensor x = memory.keep(arena, numbers(6)).reshape(2, 3);
        Tensor sorted = memory.allocate(arena, DType.F32, 4, 3);
        kernels.experts().gather(ALONE, x, routing, sorted);
        assertThat(onHost(sorted)).containsExactly(3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2);
        for (int place = 0; place < 4; place++) {
            routing.gradientAt(place, 1 + place);
        }
        Routing wanted = new Routing(rule, 2);
        Tensor onHost = Tensor.of(arena, onHost(logits), 2, 4);
        wanted.choose(ALONE, onHost, null);
        wanted.sort(ALONE);
        for (int place = 0; place < 4; place++) {
            wanted.gradientAt(place, 1 + place);
        }
        wanted.chooseBackward(ALONE, onHost);
        kernels.experts().chooseBackward(ALONE, logits, routing);
        assertThat(onHost(logits)).containsExactly(onHost.toFloats());
    }

    @Test
    void busBringsWhatThenIsThere() {
        try (HostBus bus = memory.bus(5L * Float.BYTES).orElseThrow()) {
            Tensor first = bus.allocate(arena, 3L * Float.BYTES);
            Tensor second = bus.allocate(arena, 2L * Float.BYTES);
            for (int i = 0; i < 5; i++) {
                bus.host().setAtIndex(ValueLayout.JAVA_FLOAT, i, i + 1);
            }
            bus.bring(0, first);
            bus.bring(3L * Float.BYTES, second);
            assertThatThrownBy(() -> bus.bring(4L * Float.BYTES, second)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> bus.bring(0, numbers(2))).isInstanceOf(IllegalStateException.class);
            bus.await();
            assertThat(onHost(first)).containsExactly(1, 2, 3);
            assertThat(onHost(second)).containsExactly(4, 5);
        }
        assertThat(KernelMemory.host().bus(1)).isEmpty();
    }
}
