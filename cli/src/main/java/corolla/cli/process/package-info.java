/** Other programs of this machine, this one once more, and folders for both. */
@NullMarked
package corolla.cli.process;

import org.jspecify.annotations.NullMarked;
