/** What several protocols of this module share, and nobody outside sees. */
@NullMarked
package corolla.p2p.internal;

import org.jspecify.annotations.NullMarked;
