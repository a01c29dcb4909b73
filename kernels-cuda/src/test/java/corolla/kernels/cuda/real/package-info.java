/** NVIDIA's own compiler, libraries and headers for tests, as far as they go without a GPU. */
@NullMarked
package corolla.kernels.cuda.real;

import org.jspecify.annotations.NullMarked;
