/**
 * The whole model in one process: the ends (embeddings, final norm, head), the blocks between them, and the check that
 * both compute what a reference computed. Start with {@link corolla.model.LocalModel}.
 */
@NullMarked
package corolla.model;

import org.jspecify.annotations.NullMarked;
