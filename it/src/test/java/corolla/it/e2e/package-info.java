/** Real processes on loopback, started with {@code ./corolla}: the same tokens as the model in one process. */
@NullMarked
package corolla.it.e2e;

import org.jspecify.annotations.NullMarked;
