/** What a model is made of, read from {@code config.json} or GGUF metadata. Start with {@link corolla.model.family.ModelConfig}. */
@NullMarked
package corolla.model.family;

import org.jspecify.annotations.NullMarked;
