package corolla.kernels.cuda;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import corolla.kernels.cuda.driver.CudaDevice;
import corolla.kernels.cuda.driver.CudaFunction;
import corolla.kernels.cuda.driver.CudaModule;
import corolla.kernels.cuda.nvrtc.KernelCompiler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** The kernels of a device, compiled and loaded a module at a time when one is first wanted. Thread-safe; owns the modules. */
final class KernelModules implements AutoCloseable {
    private final KernelCompiler compiler;
    private final CudaDevice device;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<KernelSource, CudaModule> modules = new HashMap<>();

    @GuardedBy("lock")
    private final Map<KernelSource, Map<String, CudaFunction>> functions = new HashMap<>();

    KernelModules(KernelCompiler compiler, CudaDevice device) {
        this.compiler = compiler;
        this.device = device;
    }

    /**
     * What makes one module.
     *
     * @param files resources that follow each other after {@code common.cu}
     * @param macros {@code NAME=value}
     */
    record KernelSource(List<String> files, List<String> macros) {
        KernelSource {
            files = List.copyOf(files);
            macros = List.copyOf(macros);
        }

        static KernelSource of(String... files) {
            return new KernelSource(List.of(files), List.of());
        }

        KernelSource with(String macro) {
            return new KernelSource(files, List.of(macro));
        }

        String name() {
            return files.getLast() + (macros.isEmpty() ? "" : " " + macros);
        }

        /** The text, with the compiler's messages set to lines of the files. */
        String text() {
            StringBuilder text = new StringBuilder();
            append(text, "common.cu");
            files.forEach(file -> append(text, file));
            return text.toString();
        }

        private static void append(StringBuilder text, String file) {
            text.append("#line 1 \"").append(file).append("\"\n");
            try (InputStream in = KernelModules.class.getResourceAsStream(file)) {
                if (in == null) {
                    throw new IllegalStateException("resource " + file + " is missing beside " + KernelModules.class);
                }
                text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException("resource " + file + " cannot be read", e);
            }
        }
    }

    CudaFunction function(KernelSource source, String name) {
        lock.lock();
        try {
            return functions
                    .computeIfAbsent(source, ignored -> new HashMap<>())
                    .computeIfAbsent(name, ignored -> module(source).function(name));
        } finally {
            lock.unlock();
        }
    }

    /** Compiles and loads ahead what will be wanted. */
    void prepare(KernelSource source) {
        lock.lock();
        try {
            module(source);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private CudaModule module(KernelSource source) {
        CudaModule known = modules.get(source);
        if (known != null) {
            return known;
        }
        CudaModule loaded = device.load(compiler.compile(source.name(), source.text(), source.macros()), source.name());
        modules.put(source, loaded);
        return loaded;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            modules.values().forEach(CudaModule::close);
            modules.clear();
            functions.clear();
        } finally {
            lock.unlock();
        }
    }
}
