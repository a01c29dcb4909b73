package corolla.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.tensor.KernelsProvider.Offer;
import corolla.tensor.scalar.ScalarKernels;
import corolla.tensor.scalar.ScalarKernelsProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KernelsChoiceTest {
    private static final KernelsOptions AUTO = new KernelsOptions(Path.of("none"), DeviceChoice.AUTO, false);

    /** As GPUs', of which there are {@code count}; notes which were started. */
    private record Devices(int count, List<Integer> started) implements KernelsProvider {
        @Override
        public String name() {
            return "gpu";
        }

        @Override
        public int preference() {
            return 20;
        }

        @Override
        public boolean serves(DeviceChoice device) {
            return !(device instanceof DeviceChoice.Cpu);
        }

        @Override
        public Offer offer(KernelsOptions options) {
            int wanted = options.device() instanceof DeviceChoice.Cuda cuda ? cuda.ordinal() : 0;
            if (wanted >= count) {
                return new Offer.Refused("no device " + wanted, "Plug one in");
            }
            started.add(wanted);
            return new Offer.Ready(new ScalarKernels());
        }
    }

    /** Which device was started; none for the processor. */
    private static List<Integer> choose(int devices, DeviceChoice device) {
        List<Integer> started = new ArrayList<>();
        List<KernelsProvider> all = List.of(new ScalarKernelsProvider(), new Devices(devices, started));
        KernelsChoice.best(all, AUTO.on(device)).close();
        return started;
    }

    @Test
    void autoIsADeviceWhereOneWorks() {
        assertThat(choose(1, DeviceChoice.AUTO)).containsExactly(0);
        assertThat(choose(0, DeviceChoice.AUTO)).isEmpty();
        assertThat(choose(1, DeviceChoice.CPU)).isEmpty();
    }

    @Test
    void deviceThatWasAskedForIsTakenOrNone() {
        assertThat(choose(2, new DeviceChoice.Cuda(1))).containsExactly(1);
        assertThatThrownBy(() -> choose(1, new DeviceChoice.Cuda(1)))
                .isInstanceOf(DeviceUnavailableException.class)
                .hasMessage("no kernels for device cuda:1: gpu: no device 1. Plug one in");
        KernelsOptions first = AUTO.on(DeviceChoice.parse("cuda"));
        assertThatThrownBy(() -> KernelsChoice.best(List.of(new ScalarKernelsProvider()), first))
                .hasMessage("no kernels for device cuda:0: this build has none");
    }

    @Test
    void devicesAreReadAsTheyAreWritten() {
        for (String name : List.of("auto", "cpu", "cuda:0", "cuda:12")) {
            assertThat(DeviceChoice.parse(name)).hasToString(name);
        }
        assertThat(DeviceChoice.parse("cuda")).isEqualTo(new DeviceChoice.Cuda(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:123456", "CPU"})
    void othersAreRefused(String name) {
        assertThatThrownBy(() -> DeviceChoice.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + name + "'");
    }
}
