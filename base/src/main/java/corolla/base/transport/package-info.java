/** Byte streams between machines: TCP in production, a simulated network in tests. */
@NullMarked
package corolla.base.transport;

import org.jspecify.annotations.NullMarked;
