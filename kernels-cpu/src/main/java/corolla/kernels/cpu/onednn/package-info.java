/**
 * Products of many rows through oneDNN's C interface, by the Foreign Function and Memory API. Of the artifact
 * {@code org.bytedeco:dnnl} only the two shared objects are used. {@link corolla.kernels.cpu.onednn.DnnlStart} finds,
 * checks and tests the library; {@link corolla.kernels.cpu.onednn.Products} multiplies.
 *
 * <p>One OpenMP thread a call: every member of a team multiplies its own range of output columns, so results do not depend
 * on the size of the team. A row's result is the same for every number of rows from two on.
 */
@NullMarked
package corolla.kernels.cpu.onednn;

import org.jspecify.annotations.NullMarked;
