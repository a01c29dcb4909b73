/**
 * CUDA's driver API through the Foreign Function and Memory API, as far as Corolla needs it: devices, memory with owners, streams, modules and
 * launches (CUDA Driver API, NVIDIA; names of functions are its own without {@code cu}). Nothing is linked: the library is looked for when
 * it is wanted, and comes with NVIDIA's driver. Launches go to a {@link corolla.kernels.cuda.driver.CudaStream}, which makes graphs of those that come
 * again. Start with {@link corolla.kernels.cuda.driver.CudaDevice}.
 */
@NullMarked
package corolla.kernels.cuda.driver;

import org.jspecify.annotations.NullMarked;
