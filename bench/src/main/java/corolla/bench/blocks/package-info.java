/**
 * One table of what blocks of transformers cost on this machine, by shape and type of weights, beside what memory, oneDNN and
 * PyTorch allow in the same run: {@link corolla.bench.blocks.BlocksBench}.
 */
@NullMarked
package corolla.bench.blocks;

import org.jspecify.annotations.NullMarked;
