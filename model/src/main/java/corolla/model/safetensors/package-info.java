/**
 * The safetensors container: eight bytes of header length, a JSON header, then the data; as one file, or as the pieces of it that were
 * fetched. Not exported: {@code weights} reads tensors from it, {@code source} fetches pieces. The format is described in the
 * {@code README.md} of Hugging Face's safetensors project. Start with {@link corolla.model.safetensors.SafetensorsHeader}.
 */
@NullMarked
package corolla.model.safetensors;

import org.jspecify.annotations.NullMarked;
