/**
 * The reference kernels: each operation is the formula of its paper, one loop after another, in plain Java. Every faster
 * implementation is held to the same tests, and these run where nothing else does.
 */
@NullMarked
package corolla.tensor.scalar;

import org.jspecify.annotations.NullMarked;
