/** Checkpoints on disk: safetensors and GGUF, memory-mapped. Start with {@link corolla.model.weights.Checkpoint}. */
@NullMarked
package corolla.model.weights;

import org.jspecify.annotations.NullMarked;
