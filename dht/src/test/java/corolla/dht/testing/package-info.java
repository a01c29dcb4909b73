/** Simulated nodes that tests of this module share. */
@NullMarked
package corolla.dht.testing;

import org.jspecify.annotations.NullMarked;
