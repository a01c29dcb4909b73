/** The clock, and deadlines on it. */
@NullMarked
package corolla.base.time;

import org.jspecify.annotations.NullMarked;
