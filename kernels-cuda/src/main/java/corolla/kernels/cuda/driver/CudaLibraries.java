package corolla.kernels.cuda.driver;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where CUDA's libraries are looked for. Immutable.
 *
 * @param folders first to last
 * @param loader whether the system's loader is asked for what no folder has
 */
public record CudaLibraries(List<Path> folders, boolean loader) {
    /** Names folders to look in before all others: of libraries, or that hold pip's {@code nvidia} packages. */
    public static final String VARIABLE = "COROLLA_CUDA_LIBS";

    public CudaLibraries {
        folders = List.copyOf(folders);
    }

    /** In one folder and nowhere else. */
    public static CudaLibraries in(Path folder) {
        return new CudaLibraries(List.of(folder), false);
    }

    /**
     * In the folders of {@link #VARIABLE}, where the loader looks, in toolkits below {@code /usr/local}, in distributions', containers' and WSL's
     * folders, and in the packages of an active Python environment and of each Python on the path.
     */
    public static CudaLibraries ofSystem() {
        return of(System.getenv());
    }

    /** The same with these variables of the environment. */
    static CudaLibraries of(Map<String, String> environment) {
        Set<Path> found = new LinkedHashSet<>();
        for (Path wanted : listed(environment.get(VARIABLE))) {
            found.add(wanted);
            found.addAll(ofPip(wanted));
        }
        for (String variable : List.of("CUDA_PATH", "CUDA_HOME")) {
            for (Path toolkit : listed(environment.get(variable))) {
                found.add(toolkit.resolve("lib64"));
            }
        }
        found.add(Path.of("/usr/local/cuda/lib64"));
        for (Path toolkit : matching(Path.of("/usr/local"), "cuda-*")) {
            found.add(toolkit.resolve("lib64"));
        }
        found.add(Path.of("/usr/local/nvidia/lib64"));
        found.add(Path.of("/usr/lib/x86_64-linux-gnu"));
        found.add(Path.of("/usr/lib64"));
        found.add(Path.of("/usr/lib/wsl/lib"));
        listed(environment.get("VIRTUAL_ENV")).forEach(prefix -> found.addAll(ofPython(prefix)));
        for (Path programs : listed(environment.get("PATH"))) {
            Path prefix = programs.toAbsolutePath().getParent();
            if (prefix != null && Files.isExecutable(programs.resolve("python3"))) {
                found.addAll(ofPython(prefix));
            }
        }
        return new CudaLibraries(List.copyOf(found), true);
    }

    /** In the packages of the Pythons below {@code prefix}. */
    private static List<Path> ofPython(Path prefix) {
        List<Path> all = new ArrayList<>();
        for (Path python : matching(prefix.resolve("lib"), "python3*")) {
            all.addAll(ofPip(python.resolve("site-packages")));
            all.addAll(ofPip(python.resolve("dist-packages")));
        }
        return all;
    }

    private static List<Path> listed(@Nullable String paths) {
        List<Path> all = new ArrayList<>();
        if (paths != null) {
            for (String path : paths.split(File.pathSeparator)) {
                if (!path.isBlank()) {
                    all.add(Path.of(path));
                }
            }
        }
        return all;
    }

    /** Libraries of pip's packages lie in {@code nvidia/<package>/lib}. */
    private static List<Path> ofPip(Path packages) {
        List<Path> all = new ArrayList<>();
        for (Path parts : matching(packages.resolve("nvidia"), "*")) {
            all.add(parts.resolve("lib"));
        }
        return all;
    }

    private static List<Path> matching(Path folder, String pattern) {
        List<Path> all = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
                entries.forEach(all::add);
            } catch (IOException e) {
                // A folder that cannot be read has nothing for us; what is missing in the end is told.
                return List.of();
            }
        }
        all.sort(null);
        return all.reversed(); // the newest version first
    }

    /**
     * Opens the first of these files that there is, for as long as the process lives: unloading code under threads is unsafe.
     *
     * @param names such as {@code libnvrtc.so.13}, the most wanted first
     */
    @SuppressWarnings("restricted") // native access is what this class is for
    public Optional<SymbolLookup> open(String... names) {
        for (String name : names) {
            for (Path folder : folders) {
                Path file = folder.resolve(name);
                if (Files.exists(file)) {
                    Optional<SymbolLookup> opened = tried(() -> SymbolLookup.libraryLookup(file, Arena.global()));
                    if (opened.isPresent()) {
                        return opened;
                    }
                }
            }
            if (loader) {
                Optional<SymbolLookup> opened = tried(() -> SymbolLookup.libraryLookup(name, Arena.global()));
                if (opened.isPresent()) {
                    return opened;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Opens files that another library will ask the loader for by their names alone, which it then finds: pip's packages are in nobody's search path.
     *
     * @param pattern such as {@code libnvrtc-builtins.so.*}
     */
    @SuppressWarnings("restricted") // native access is what this class is for
    public void preload(String pattern) {
        for (Path folder : folders) {
            for (Path file : matching(folder, pattern)) {
                tried(() -> SymbolLookup.libraryLookup(file, Arena.global()));
            }
        }
    }

    /** Where it looks, for messages. */
    public String places() {
        return folders.stream().map(Path::toString).collect(Collectors.joining(", "))
                + (loader ? ", and where the system's loader looks" : "");
    }

    private interface Opening {
        SymbolLookup open();
    }

    private static Optional<SymbolLookup> tried(Opening opening) {
        try {
            return Optional.of(opening.open());
        } catch (IllegalArgumentException refusedByTheLoader) {
            return Optional.empty();
        }
    }
}
