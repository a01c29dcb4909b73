/**
 * Tensors and the operations on them. Start with {@link corolla.tensor.Tensor}, a view of memory that somebody else owns,
 * then {@link corolla.tensor.Kernels}.
 */
@NullMarked
package corolla.tensor;

import org.jspecify.annotations.NullMarked;
