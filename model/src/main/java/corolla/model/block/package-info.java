/**
 * Decoder blocks: a span of them, their key-value cache, and the scratch they compute in. Start with
 * {@link corolla.model.block.BlockStack}. Forward is {@link corolla.model.block.ForwardCall}, backward
 * {@link corolla.model.block.BackwardCall}; read {@code BlockPass} and {@code BackwardPass} side by side.
 */
@NullMarked
package corolla.model.block;

import org.jspecify.annotations.NullMarked;
