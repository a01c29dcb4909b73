package corolla.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.swarm.Span;
import corolla.tensor.DeviceChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class FleetArgumentsTest {
    private static final List<DeviceChoice> TWO = DeviceChoice.parseAll("cuda:0,cuda:3");

    @Test
    void eachServerHasWhatIsItsOwn() {
        var fleet = new FleetArguments(
                List.of(
                        "server",
                        "m",
                        "--device=cuda:0,cuda:3",
                        "--port",
                        "100",
                        "--identity-path",
                        "id",
                        "--num-blocks",
                        "4"),
                TWO,
                OptionalInt.of(100),
                Optional.of(Path.of("id")),
                Optional.empty());
        assertThat(String.join(" ", fleet.of(0)))
                .isEqualTo("server m --num-blocks 4 --in-fleet --device cuda:0 --port 100 --identity-path id");
        assertThat(String.join(" ", fleet.of(1)))
                .isEqualTo("server m --num-blocks 4 --in-fleet --device cuda:3 --port 101 --identity-path id.1");
    }

    @Test
    void blocksAreSharedOut() {
        var fleet = new FleetArguments(
                List.of("server", "m", "--block-indices", "10:21", "--device", "cuda:0,cuda:3"),
                TWO,
                OptionalInt.of(0),
                Optional.empty(),
                Optional.of(new Span(10, 21)));
        assertThat(String.join(" ", fleet.of(0))).endsWith("--device cuda:0 --port 0 --block-indices 10:15");
        assertThat(String.join(" ", fleet.of(1))).endsWith("--device cuda:3 --port 0 --block-indices 15:21");
    }

    @Test
    void fewerBlocksThanDevicesAreRefused() {
        assertThatThrownBy(() -> new FleetArguments(
                        List.of(), TWO, OptionalInt.empty(), Optional.empty(), Optional.of(new Span(3, 4))))
                .isInstanceOf(UserException.class)
                .hasMessage("--block-indices 3:4: fewer blocks than the 2 devices");
    }
}
