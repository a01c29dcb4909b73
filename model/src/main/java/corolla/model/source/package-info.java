/** Where a model comes from: a folder, a GGUF file, the Hugging Face hub or a known name. Start with {@link corolla.model.source.ModelSource}. */
@NullMarked
package corolla.model.source;

import org.jspecify.annotations.NullMarked;
