package corolla.kernels.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

    @Test
    void packagesOfAPythonOnThePathAreFound(@TempDir Path prefix) throws IOException {
        Path libraries = prefix.resolve("lib/python3.12/site-packages/nvidia/cu13/lib");
        Files.createDirectories(libraries);
        Path programs = Files.createDirectory(prefix.resolve("bin"));
        Map<String, String> environment = Map.of("PATH", "/nowhere" + File.pathSeparator + programs);
        assertThat(CudaLibraries.of(environment).folders()).doesNotContain(libraries);

        Path python = Files.createFile(programs.resolve("python3"));
        assertThat(python.toFile().setExecutable(true)).isTrue();
        assertThat(CudaLibraries.of(environment).folders()).contains(libraries);
    }

    @Test
    void namedFoldersComeFirst(@TempDir Path folder) throws IOException {
        Path packages = folder.resolve("nvidia/cuda_nvrtc/lib");
        Files.createDirectories(packages);
        assertThat(CudaLibraries.of(Map.of(CudaLibraries.VARIABLE, folder.toString()))
                        .folders())
                .startsWith(folder, packages);
    }
}
