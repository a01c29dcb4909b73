/**
 * Kernels for CPUs: the Vector API for single rows, oneDNN for batches. Found by {@link java.util.ServiceLoader}; nothing
 * requires this module. It needs {@code --add-modules jdk.incubator.vector} and {@code --enable-native-access}, and says so
 * where they are missing. Start with {@link corolla.kernels.cpu.CpuKernels}.
 */
module corolla.kernels.cpu {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires corolla.base;
    requires transitive corolla.tensor;
    requires jdk.incubator.vector;

    exports corolla.kernels.cpu;

    provides corolla.tensor.KernelsProvider with
            corolla.kernels.cpu.CpuKernelsProvider;
}
