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
 * <caption>Products</caption>
 * <tr><th>weights</th><th>any number of rows</th></tr>
 * <tr><td>int8</td><td>{@code int8.cu}: integer sums, outliers in f32; the reference's bits</td></tr>
 * <tr><td>all others</td><td>{@code product.cu}: decoded to f32 in registers, up to 16 rows a pass over the weights</td></tr>
 * </table>
 *
 * <p>So a row's bits never depend on its batch. Neither do those of attention on how a sequence is cut into steps ({@code attention.cu}).
 */
@NullMarked
package corolla.kernels.cuda;

import org.jspecify.annotations.NullMarked;
