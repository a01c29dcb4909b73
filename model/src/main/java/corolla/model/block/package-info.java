/** Decoder blocks: a span of them, their key-value cache, and the scratch they compute in. Start with {@link corolla.model.block.BlockStack}. */
@NullMarked
package corolla.model.block;

import org.jspecify.annotations.NullMarked;
