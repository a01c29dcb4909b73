/**
 * The small self-describing formats of libp2p: unsigned varints
 * (<a href="https://github.com/multiformats/unsigned-varint">specification</a>), base58btc, and addresses
 * (<a href="https://github.com/multiformats/multiaddr">specification</a>). Start with {@link corolla.base.multiformat.Multiaddr}.
 */
@NullMarked
package corolla.base.multiformat;

import org.jspecify.annotations.NullMarked;
