package corolla.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import corolla.testkit.models.GoldenModels;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers of one process share a checkpoint, and one of them may be closed while it loads. */
final class InterruptedReaderTest {
    @TempDir
    Path folder;

    @Test
    void interruptionOfOneClosesNothingForOthers() throws Exception {
        Path model = GoldenModels.unpack("llama", folder);
        Path gguf = folder.resolve("llama.gguf");
        try (Checkpoint safetensors = Checkpoint.open(model)) {
            TinyGguf.convert(safetensors, gguf);
            survivesInterruption(safetensors);
        }
        try (Checkpoint checkpoint = Checkpoint.open(gguf)) {
            survivesInterruption(checkpoint);
        }
    }

    private static void survivesInterruption(Checkpoint checkpoint) throws Exception {
        String name = checkpoint.names().iterator().next();
        try (Arena arena = Arena.ofConfined()) {
            float[] before = checkpoint.read(name, arena).toFloats();
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> checkpoint.read(name, arena)).isInstanceOf(ClosedByInterruptException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(checkpoint.read(name, arena).toFloats()).isEqualTo(before);
        }
    }
}
