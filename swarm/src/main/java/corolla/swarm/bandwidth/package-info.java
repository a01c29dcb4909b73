/**
 * What the network of a node carries, measured with nodes of ours: {@link corolla.swarm.bandwidth.BandwidthProbe} asks, {@link
 * corolla.swarm.bandwidth.BandwidthService} answers. Stock peers do not know it, and are not asked.
 *
 * <p>One streaming call: the asker sends pieces and ends its side; the answerer says how long their later half took to arrive, as eight bytes of
 * nanoseconds, big-endian, and sends as many pieces back, whose later half the asker times. The earlier half lets TCP find its pace.
 */
@NullMarked
package corolla.swarm.bandwidth;

import org.jspecify.annotations.NullMarked;
