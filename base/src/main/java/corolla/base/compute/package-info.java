/** Platform threads that compute: one fixed team a process, whose members run the same body side by side. */
@NullMarked
package corolla.base.compute;

import org.jspecify.annotations.NullMarked;
