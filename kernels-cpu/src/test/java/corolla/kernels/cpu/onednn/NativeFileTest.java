package corolla.kernels.cpu.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeFileTest {
    /** "corolla\n" */
    private static final NativeFile FILE = new NativeFile(
            "native-file-test.txt", "test.so", 8, "ce2dec911da7f34a17e7c29698fdc2e2a387e1dfde2f4c5df61f1d62ae249fd3");

    @TempDir
    private Path folder;

    @Test
    void unpacksOnceAndRepairsWhatIsBroken() throws IOException {
        Path target = FILE.unpack(folder.resolve("deep/er"));
        assertThat(Files.readString(target)).isEqualTo("corolla\n");
        Files.writeString(target, "corol");
        assertThat(FILE.unpack(folder.resolve("deep/er"))).isEqualTo(target).hasContent("corolla\n");
        try (var files = Files.list(target.getParent())) {
            assertThat(files).containsExactly(target);
        }
    }

    @Test
    void anotherFileThanExpectedIsNotUsed() {
        NativeFile other =
                new NativeFile(FILE.resource(), "test.so", 8, FILE.sha256().replace('8', '9'));
        assertThatThrownBy(() -> other.unpack(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not the expected file");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void missingResourceSaysSo() {
        NativeFile missing = new NativeFile("no/such/resource", "test.so", 8, FILE.sha256());
        assertThat(missing.isOnClassPath()).isFalse();
        assertThatThrownBy(() -> missing.unpack(folder)).hasMessageContaining("no/such/resource");
    }
}
