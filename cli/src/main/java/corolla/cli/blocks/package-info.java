/**
 * {@code corolla bench block}: what a transformer block costs on a device, beside what its memory gives and PyTorch's block. Start with {@link
 * corolla.cli.blocks.BlocksRun}.
 */
@NullMarked
package corolla.cli.blocks;

import org.jspecify.annotations.NullMarked;
