/** The libp2p host: listening, dialing, upgrading connections, and the table of them. Start at {@link Libp2pHost}. */
@NullMarked
package corolla.p2p.host;

import org.jspecify.annotations.NullMarked;
