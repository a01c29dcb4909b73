/**
 * The CPU's {@link corolla.tensor.Kernels}: which code multiplies what.
 *
 * <table>
 * <caption>Products by type of the weights and number of rows, with machine code and without</caption>
 * <tr><th>weights</th><th>machine code</th><th>Vector API</th><th>oneDNN</th></tr>
 * <tr><td>f32</td><td></td><td></td><td>always, a single row padded to two</td></tr>
 * <tr><td>bf16</td><td>to 8</td><td>to 4</td><td>more, in place</td></tr>
 * <tr><td>f16</td><td>to 16</td><td>to 4</td><td>more, tiles decoded to f32</td></tr>
 * <tr><td>int8</td><td>to 8</td><td>1</td><td>more, in place</td></tr>
 * <tr><td>nf4, GGUF's quantised types</td><td>to 32</td><td>to 4</td><td>more, tiles decoded to f32</td></tr>
 * </table>
 *
 * <p>Machine code ({@link corolla.kernels.cpu.machine}) takes the place of the Vector API where there is AVX-512 on Linux (for int8 with VNNI, for rows of bf16 and f16 of whole 32 columns,
 * of int8 of whole 64), with the same bits.
 *
 * <p>So a row's bits are the same in any batch for f32 and int8, in any batch below oneDNN's border and in any above it for the others;
 * across that border they differ by float rounding, about 1e-6 of the largest output. With AMX, bf16 weights from 17 rows on and other types but f32 and int8
 * from 256 on are multiplied as bf16 halves ({@link corolla.kernels.cpu.SplitProducts}): another border, within 2^-15 of the norms. Activations are f32 throughout. Where oneDNN is missing the Vector API does everything and a row's bits
 * never depend on the batch.
 */
@NullMarked
package corolla.kernels.cpu;

import org.jspecify.annotations.NullMarked;
