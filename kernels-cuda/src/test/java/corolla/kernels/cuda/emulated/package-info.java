/** CUDA's driver and compiler for tests on machines without a GPU. */
@NullMarked
package corolla.kernels.cuda.emulated;

import org.jspecify.annotations.NullMarked;
