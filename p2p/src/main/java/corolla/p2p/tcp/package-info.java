/** TCP addresses: dialing them, listening on them, and which of them others can use. */
@NullMarked
package corolla.p2p.tcp;

import org.jspecify.annotations.NullMarked;
