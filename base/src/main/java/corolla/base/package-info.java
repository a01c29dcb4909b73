/** What a node is given by the world it runs in: see {@link corolla.base.Environment}. */
@NullMarked
package corolla.base;

import org.jspecify.annotations.NullMarked;
