/** Tiny checkpoints with a reference's answers, for tests of every module that runs a model. */
@NullMarked
package corolla.testkit.models;

import org.jspecify.annotations.NullMarked;
