package corolla.kernels.cuda.nvrtc;

import corolla.kernels.cuda.driver.CudaLibraries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Compiles kernels for one architecture and keeps them in a folder, where they are found by the hash of all that they were made from. A file
 * that was cut off is not found: its name has its own hash, too. Thread-safe.
 */
public final class KernelCompiler {
    private static final System.Logger LOG = System.getLogger(KernelCompiler.class.getName());

    private final Nvrtc nvrtc;
    private final String version;
    private final Path folder;
    private final String architecture;
    private final boolean ptx;

    private KernelCompiler(Nvrtc nvrtc, Path folder, int capability) {
        this.nvrtc = nvrtc;
        this.version = nvrtc.version();
        this.folder = folder;
        int best = 0;
        for (int known : nvrtc.architectures()) {
            best = known <= capability ? known : best;
        }
        if (best == 0) {
            throw new IllegalArgumentException("NVRTC " + version
                    + " compiles for nothing as old as compute capability " + capability / 10 + "." + capability % 10);
        }
        // A device newer than the compiler gets code that its driver translates.
        this.ptx = best < capability;
        this.architecture = (ptx ? "compute_" : "sm_") + best;
    }

    /**
     * Opens NVRTC, where there is one.
     *
     * @param folder for compiled kernels
     * @param capability 90 for compute capability 9.0
     * @throws IllegalArgumentException when it compiles for nothing that old
     */
    public static Optional<KernelCompiler> open(CudaLibraries libraries, Path folder, int capability) {
        return Nvrtc.open(libraries).map(nvrtc -> new KernelCompiler(nvrtc, folder, capability));
    }

    /** {@code NVRTC 12.6 for sm_90}. */
    public String description() {
        return "NVRTC " + version + " for " + architecture;
    }

    /**
     * What a device loads.
     *
     * @param name of the source, for messages
     * @param macros {@code NAME=value}
     * @throws KernelCompilationException with what the compiler says
     */
    public byte[] compile(String name, String source, List<String> macros) {
        return compile(
                name,
                source,
                macros,
                said -> LOG.log(System.Logger.Level.DEBUG, "kernels compiled source={0} log={1}", name, said));
    }

    /**
     * The same.
     *
     * @param said takes the compiler's log, which has registers and spills of every kernel, where it had to be asked
     */
    public byte[] compile(String name, String source, List<String> macros, Consumer<String> said) {
        List<String> options = new ArrayList<>();
        options.add("--gpu-architecture=" + architecture);
        options.add("--std=c++17");
        options.add("--fmad=false"); // a fused multiply-add is written where it is meant
        options.add("--ptxas-options=-v");
        macros.forEach(macro -> options.add("-D" + macro));
        String key = hash((version + "\n" + options + "\n" + source).getBytes(StandardCharsets.UTF_8));
        Optional<byte[]> kept = kept(key);
        if (kept.isPresent()) {
            return kept.get();
        }
        byte[] image = nvrtc.compile(name, source, options, ptx, said);
        keep(key, image);
        return image;
    }

    /** Files are {@code <key>-<hash of the contents>}, both shortened. */
    private Optional<byte[]> kept(String key) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (var files = Files.newDirectoryStream(folder, key + "-*.cubin")) {
            for (Path file : files) {
                byte[] image = Files.readAllBytes(file);
                if (file.getFileName().toString().equals(name(key, image))) {
                    return Optional.of(image);
                }
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "compiled kernels cannot be read folder={0}", folder, e);
        }
        return Optional.empty();
    }

    private void keep(String key, byte[] image) {
        Path part = folder.resolve(key + "." + ProcessHandle.current().pid() + ".part");
        try {
            Files.createDirectories(folder);
            Files.write(part, image);
            Files.move(
                    part,
                    folder.resolve(name(key, image)),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "compiled kernels are not kept, the next start compiles again folder={0} reason={1}",
                    folder,
                    e.toString());
        }
    }

    private static String name(String key, byte[] image) {
        return key + "-" + hash(image) + ".cubin";
    }

    private static String hash(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
