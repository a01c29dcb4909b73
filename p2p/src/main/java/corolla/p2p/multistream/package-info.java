/**
 * multistream-select 1.0.0: two ends of a byte stream agree on the protocol that they will speak on it.
 *
 * <p>Specification: multiformats "multistream-select". {@code MultistreamMessages} has the tokens, {@code MultistreamState} what to
 * answer, {@link corolla.p2p.multistream.Multistream} both roles over a stream. Differences: {@code ls} is not served (nobody
 * asks), and an opener proposes one protocol a stream. Bytes behind the tokens are never lost: both roles hand back what they
 * have read too far.
 */
@NullMarked
package corolla.p2p.multistream;

import org.jspecify.annotations.NullMarked;
