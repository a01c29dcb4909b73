/** The commands, one class each. {@link corolla.cli.Corolla} lists them. */
@NullMarked
package corolla.cli;

import org.jspecify.annotations.NullMarked;
