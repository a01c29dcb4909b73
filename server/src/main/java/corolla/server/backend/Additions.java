package corolla.server.backend;

import corolla.model.block.BlockHook;
import corolla.model.block.StackAdapter;
import corolla.swarm.Span;
import org.jspecify.annotations.Nullable;

/**
 * What one request adds to the blocks. Borrows both. Immutable.
 *
 * @param prompts deep prompts, or null
 * @param adapter a LoRA adapter of these blocks, or null
 */
public record Additions(@Nullable Prompts prompts, @Nullable StackAdapter adapter) {

    /** See {@link Prompts#hook}. */
    BlockHook hook(int chainOffset, Span blocks, int batch, int tokens, int tokenOffset) {
        return prompts == null ? BlockHook.NONE : prompts.hook(chainOffset, blocks, batch, tokens, tokenOffset);
    }
}
