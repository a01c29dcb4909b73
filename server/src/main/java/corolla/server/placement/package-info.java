/** Which blocks a server takes. */
@NullMarked
package corolla.server.placement;

import org.jspecify.annotations.NullMarked;
