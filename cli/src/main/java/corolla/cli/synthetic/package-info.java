/**
 * Models with random weights in the shapes of known ones, to measure with: a {@link corolla.cli.synthetic.ModelShape} is written as a checkpoint of
 * one block ({@link corolla.cli.synthetic.SyntheticCheckpoint}), which stands for all.
 */
@NullMarked
package corolla.cli.synthetic;

import org.jspecify.annotations.NullMarked;
