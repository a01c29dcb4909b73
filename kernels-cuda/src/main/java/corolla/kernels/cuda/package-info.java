/**
 * Kernels of NVIDIA's GPUs. {@link corolla.kernels.cuda.CudaKernels} implements {@link corolla.tensor.Kernels} with CUDA C++ that lies
 * beside these classes as resources and is compiled when it is first wanted. One member of a team gives the device its work, the
 * others do nothing; all work of one {@code CudaKernels} goes through one stream.
 *
 * <p>Weights live on the device from {@link corolla.tensor.Kernels#matrix} on, re-packed so that neighbouring threads read neighbouring words
 * ({@link corolla.kernels.cuda.PlaneFormat}). Tensors that {@link corolla.kernels.cuda.CudaMemory} allocated are there too, and operations on them
 * are only given: nobody waits. Other tensors may lie anywhere outside the heap: they are copied to the device for each operation and its results
 * back, before the operation returns.
 *
 * <table>
 * <caption>Products by type of the weights and number of rows</caption>
 * <tr><th>weights</th><th>up to 16 rows, or without cuBLASLt</th><th>more, with cuBLASLt</th></tr>
 * <tr><td>f32</td><td>{@code product.cu}: f32, up to 16 rows a pass over the weights</td><td>the same</td></tr>
 * <tr><td>int8, forward</td><td>{@code int8.cu}: integer sums, outliers in f32</td><td>integer sums by cuBLASLt, the rest by {@code int8.cu}</td></tr>
 * <tr><td>bf16</td><td>{@code product.cu}: decoded to f32 in registers</td><td>weights in place, times two bf16 halves of activations</td></tr>
 * <tr><td>all others; int8, backward</td><td>{@code product.cu}: the same</td><td>tiles decoded to two bf16 halves, times two of activations</td></tr>
 * </table>
 *
 * <p>So a row's bits are the same in any batch for f32 and int8 forward (int8 has the reference's), and for the others in any batch of up to 16 rows. From 17 rows on cuBLASLt
 * may choose an algorithm for each number of rows, which adds in another order: across that border, and among batches above it, a row differs within 2^-15 of the
 * norms ({@link corolla.kernels.cuda.SplitProducts}). With {@link corolla.tensor.KernelsOptions#fastProducts} rows and tiles are rounded to bf16 instead, and it differs
 * by up to 2^-8 of them. Without cuBLASLt a row's bits never depend on its batch. Those of attention never depend on how a sequence is cut into steps
 * ({@code attention.cu}).
 */
@NullMarked
package corolla.kernels.cuda;

import org.jspecify.annotations.NullMarked;
