package corolla.kernels.cuda.driver;

import java.lang.foreign.MemorySegment;

/**
 * A kernel that can be launched; lives as long as its module.
 *
 * @param name for messages
 * @param handle CUDA's
 */
public record CudaFunction(String name, MemorySegment handle) {}
