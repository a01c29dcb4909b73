/**
 * NVIDIA's matrix products on tensor cores: cuBLASLt through the Foreign Function and Memory API, as far as Corolla needs it (cuBLAS documentation,
 * "Using the cuBLASLt API"; names of functions and numbers are NVIDIA's). Nothing is linked: the library is looked for when it is wanted. Start with
 * {@link corolla.kernels.cuda.cublas.CublasProducts}.
 */
@NullMarked
package corolla.kernels.cuda.cublas;

import org.jspecify.annotations.NullMarked;
