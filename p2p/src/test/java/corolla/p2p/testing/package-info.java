/** What several tests of this module share: byte streams in memory, fixed randomness, mutations for fuzzing. */
@NullMarked
package corolla.p2p.testing;

import org.jspecify.annotations.NullMarked;
