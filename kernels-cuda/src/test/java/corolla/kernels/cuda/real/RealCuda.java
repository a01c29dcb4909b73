package corolla.kernels.cuda.real;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** What {@code interop/setup-cuda.sh} fetches. Where it is missing tests are skipped, loudly. */
public final class RealCuda {
    private static final System.Logger LOG = System.getLogger(RealCuda.class.getName());

    private RealCuda() {}

    /**
     * A folder of what was fetched.
     *
     * @param name {@code nvrtc/nvidia/cuda_nvrtc/lib}
     */
    public static Path folder(String name) {
        String cache = System.getenv("COROLLA_CACHE");
        Path folder = (cache == null ? Path.of(System.getProperty("user.home"), ".cache", "corolla") : Path.of(cache))
                .resolve("interop")
                .resolve(name);
        assume(Files.isDirectory(folder), "no " + folder + "; run interop/setup-cuda.sh");
        return folder;
    }

    /** What a C++ compiler says of a source that includes NVIDIA's headers; empty where it takes it. */
    public static String compile(String source, Path workFolder, Path... includes) throws IOException {
        Path file = Files.writeString(workFolder.resolve("check.cpp"), source);
        Path log = workFolder.resolve("log");
        ProcessBuilder builder = new ProcessBuilder("g++", "-std=c++17", "-fsyntax-only")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        for (Path include : includes) {
            builder.command().add("-I" + include);
        }
        builder.command().add(file.toString());
        try {
            int status = builder.start().waitFor();
            return status == 0 ? "" : Files.readString(log);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for g++", e);
        }
    }

    /** Whether there is a compiler. */
    public static void assumeCompiler() {
        boolean there;
        try {
            there = compile("", Files.createTempDirectory("real-cuda")).isEmpty();
        } catch (IOException e) {
            there = false;
        }
        assume(there, "no g++ to compile NVIDIA's headers with; install it");
    }

    private static void assume(boolean there, String otherwise) {
        if (!there) {
            LOG.log(System.Logger.Level.WARNING, "SKIPPED: " + otherwise);
        }
        Assumptions.assumeTrue(there, otherwise);
    }
}
