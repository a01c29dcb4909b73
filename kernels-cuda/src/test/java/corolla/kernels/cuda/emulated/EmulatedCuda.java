package corolla.kernels.cuda.emulated;

import corolla.kernels.cuda.driver.CudaLibraries;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * CUDA without a GPU: g++ makes libraries that stand in for NVIDIA's, and compiles our kernels for the CPU. Everything is made once and
 * kept in {@code target}, under the hash of the sources. Where there is no g++, tests are skipped, loudly.
 */
public final class EmulatedCuda {
    private static final System.Logger LOG = System.getLogger(EmulatedCuda.class.getName());
    private static final Path TARGET = Path.of("target", "emulated-cuda").toAbsolutePath();
    private static final List<String> SOURCES =
            List.of("emulated_cuda.cpp", "emulated_cublaslt.cpp", "emulated_device.h");

    private EmulatedCuda() {}

    /** NVIDIA's stand-ins. */
    public static CudaLibraries libraries() {
        return CudaLibraries.in(folder());
    }

    /** The same without cuBLASLt. */
    public static CudaLibraries librariesWithoutCublas() {
        Path all = folder();
        Path folder = all.resolve("without-cublas");
        try {
            Files.createDirectories(folder);
            for (String name : List.of("libcuda.so.1", "libnvrtc.so.12")) {
                if (!Files.exists(folder.resolve(name))) {
                    Files.createSymbolicLink(folder.resolve(name), all.resolve(name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("links cannot be made in " + folder, e);
        }
        return CudaLibraries.in(folder);
    }

    /** Where they are, and room for what tests keep. */
    public static Path folder() {
        TestDevice.assumeEmulated();
        byte[][] sources = SOURCES.stream().map(EmulatedCuda::source).toArray(byte[][]::new);
        Path folder = TARGET.resolve(hash(sources));
        Path nvrtc = folder.resolve("libnvrtc.so.12"); // comes last
        if (!Files.exists(nvrtc)) {
            try {
                compile(sources, folder, nvrtc);
            } catch (IOException e) {
                throw new UncheckedIOException("emulated CUDA cannot be made in " + folder, e);
            }
        }
        return folder;
    }

    private static void compile(byte[][] sources, Path folder, Path nvrtc) throws IOException {
        assumeCompiler();
        Files.createDirectories(folder);
        for (int i = 0; i < sources.length; i++) {
            Files.write(folder.resolve(SOURCES.get(i)), sources[i]);
        }
        Path driver = folder.resolve("libcuda.so.1");
        Path header = folder.resolve("emulated_device.h");
        List<String> kernels = List.of("g++", "-std=c++17", "-O2", "-march=native", "-ffp-contract=off", "-fPIC", "-w");
        List<String> compiled = new ArrayList<>(kernels);
        compiled.addAll(List.of("-x", "c++-header", header.toString(), "-o", header + ".gch"));
        require(folder, compiled);
        require(
                folder,
                List.of(
                        "g++",
                        "-std=c++17",
                        "-O2",
                        "-shared",
                        "-fPIC",
                        "-DEMULATED_DEVICE_HEADER=\"" + header + "\"",
                        "-DEMULATED_COMPILER=\"" + String.join(" ", kernels) + "\"",
                        "-o",
                        driver.toString(),
                        folder.resolve("emulated_cuda.cpp").toString(),
                        "-ldl"));
        require(
                folder,
                List.of(
                        "g++",
                        "-std=c++17",
                        "-O3",
                        "-march=native",
                        "-ffp-contract=off",
                        "-shared",
                        "-fPIC",
                        "-Wl,-rpath,$ORIGIN", // the driver is the one beside it
                        "-o",
                        folder.resolve("libcublasLt.so.12").toString(),
                        folder.resolve("emulated_cublaslt.cpp").toString(),
                        driver.toString()));
        Path part = folder.resolve("nvrtc.part");
        Files.copy(driver, part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, nvrtc, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void require(Path folder, List<String> command) throws IOException {
        Path log = folder.resolve("log");
        if (run(log, command.toArray(String[]::new)) != 0) {
            throw new AssertionError("emulated CUDA does not compile: " + Files.readString(log));
        }
    }

    private static void assumeCompiler() throws IOException {
        boolean there;
        try {
            Path log = Files.createTempFile("emulated-cuda", ".log");
            there = run(log, "g++", "--version") == 0;
            Files.delete(log);
        } catch (IOException e) {
            there = false;
        }
        if (!there) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "SKIPPED: no g++, so the kernels for GPUs are not tested; install g++");
        }
        Assumptions.assumeTrue(there, "no g++ to emulate CUDA with; install it");
    }

    private static int run(Path log, String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + command[0], e);
        }
    }

    private static byte[] source(String name) {
        try (InputStream in = EmulatedCuda.class.getResourceAsStream("/emulated/" + name)) {
            if (in == null) {
                throw new AssertionError("no resource emulated/" + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
