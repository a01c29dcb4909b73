/**
 * The CPU's {@link corolla.tensor.Kernels}: which code multiplies what.
 *
 * <table>
 * <caption>Products by type of the weights and number of rows</caption>
 * <tr><th>weights</th><th>1 row</th><th>2 to 4</th><th>5 and more</th></tr>
 * <tr><td>f32</td><td>oneDNN, padded to 2 rows</td><td>oneDNN</td><td>oneDNN</td></tr>
 * <tr><td>bf16</td><td>Vector API</td><td>Vector API</td><td>oneDNN</td></tr>
 * <tr><td>int8</td><td>Vector API</td><td>oneDNN</td><td>oneDNN</td></tr>
 * <tr><td>f16, nf4, GGUF's quantised types</td><td>Vector API</td><td>Vector API</td><td>tiles decoded to f32, oneDNN</td></tr>
 * </table>
 *
 * <p>Where the Vector API multiplies Q4_0, Q4_1, Q4_K and Q8_0, machine code does the same where it can ({@link corolla.kernels.cpu.machine}).
 *
 * <p>So a row's bits are the same in any batch for f32 and int8, in any batch of up to four and in any of more for the others;
 * across that border they differ by float rounding, about 1e-6 of the largest output. With AMX, bf16 weights from 17 rows on and other types but f32 and int8
 * from 256 on are multiplied as bf16 halves ({@link corolla.kernels.cpu.SplitProducts}): another border, within 2^-15 of the norms. Activations are f32 throughout. Where oneDNN is missing the Vector API does everything and a row's bits
 * never depend on the batch.
 */
@NullMarked
package corolla.kernels.cpu;

import org.jspecify.annotations.NullMarked;
