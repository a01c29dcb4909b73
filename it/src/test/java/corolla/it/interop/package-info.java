/**
 * Corolla against the released hivemind and Petals, real processes on loopback; tag {@code interop}. Skipped, with the reason,
 * where the stock peers are not installed: {@code interop/setup-stock.sh} does that, {@code interop/README.md} tells more.
 */
@NullMarked
package corolla.it.interop;

import org.jspecify.annotations.NullMarked;
