/**
 * Compiles CUDA C++ while Corolla runs: NVRTC through the Foreign Function and Memory API, with a folder of what was compiled before.
 * Start with {@link corolla.kernels.cuda.nvrtc.KernelCompiler}.
 */
@NullMarked
package corolla.kernels.cuda.nvrtc;

import org.jspecify.annotations.NullMarked;
