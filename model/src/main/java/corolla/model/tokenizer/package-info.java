/** Text to token ids and back, and chat templates. Start with {@link corolla.model.tokenizer.Tokenizer}. */
@NullMarked
package corolla.model.tokenizer;

import org.jspecify.annotations.NullMarked;
