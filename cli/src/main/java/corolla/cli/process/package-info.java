/** Other programs of this machine, and this one once more. */
@NullMarked
package corolla.cli.process;

import org.jspecify.annotations.NullMarked;
