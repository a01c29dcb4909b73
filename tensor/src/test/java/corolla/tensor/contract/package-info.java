/**
 * What every {@link corolla.tensor.Kernels} owes, as abstract tests: each module with kernels extends them. In a package of
 * its own, because two modules cannot share one.
 */
@NullMarked
package corolla.tensor.contract;

import org.jspecify.annotations.NullMarked;
