package corolla.kernels.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CudaLibrariesTest {

    @Test
    void nothingIsFoundInAnEmptyFolder(@TempDir Path folder) {
        assertThat(CudaLibraries.in(folder).open("libcuda.so.1")).isEmpty();
    }

    @Test
    void fileThatIsNoLibraryIsPassedOver(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("libnvrtc.so.13"), "not a library");
        assertThat(CudaLibraries.in(folder).open("libnvrtc.so.13", "libnvrtc.so.12"))
                .isEmpty();
    }

    @Test
    void systemHasTheUsualPlaces() {
        CudaLibraries system = CudaLibraries.ofSystem();
        assertThat(system.loader()).isTrue();
        assertThat(system.folders())
                .containsAll(List.of(Path.of("/usr/local/cuda/lib64"), Path.of("/usr/lib/wsl/lib")));
    }
}
