/**
 * Kernels for NVIDIA's GPUs: CUDA C++ from resources, compiled at start, and CUDA's driver through the Foreign Function and Memory API. Found by
 * {@link java.util.ServiceLoader}; nothing requires this module. It needs {@code --enable-native-access}, NVIDIA's driver and NVRTC of CUDA 12 or
 * 13, and says what is missing; with cuBLASLt many rows are faster. Start with {@link corolla.kernels.cuda.CudaKernels}.
 */
module corolla.kernels.cuda {
    requires static transitive org.jspecify;
    requires static com.google.errorprone.annotations;
    requires corolla.base;
    requires transitive corolla.tensor;

    exports corolla.kernels.cuda;

    provides corolla.tensor.KernelsProvider with
            corolla.kernels.cuda.CudaKernelsProvider;
}
