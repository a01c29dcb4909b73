/** How fast this server is, as it announces: measured on its own blocks. */
@NullMarked
package corolla.server.throughput;

import org.jspecify.annotations.NullMarked;
