/**
 * Whole swarms in one thread, on virtual time: the real host, DHT, server and client on the simulated doors of the testkit. The
 * invariants of ARCHITECTURE.md are stated here as tests; each runs for several seeds, and a failure names its seed.
 */
@NullMarked
package corolla.it.sim;

import org.jspecify.annotations.NullMarked;
