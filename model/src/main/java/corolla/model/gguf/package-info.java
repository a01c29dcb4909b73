/**
 * The GGUF container, versions 2 and 3: typed metadata, then tensor descriptions, then aligned tensor data. Not exported:
 * {@code weights} reads tensors from it, {@code tokenizer} vocabularies. The format is described in {@code docs/gguf.md}
 * of the ggml project. Start with {@link corolla.model.gguf.GgufFile}.
 */
@NullMarked
package corolla.model.gguf;

import org.jspecify.annotations.NullMarked;
