/** Random numbers by name, so that one more draw in one place does not shift all others. */
@NullMarked
package corolla.base.random;

import org.jspecify.annotations.NullMarked;
