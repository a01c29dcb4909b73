/**
 * Encoding and decoding of stored elements, one group at a time: the meaning of every {@link corolla.tensor.DType}.
 * Formats of quantised groups are those of ggml (GGUF specification, "Tensor types").
 */
@NullMarked
package corolla.tensor.quant;

import org.jspecify.annotations.NullMarked;
