/**
 * Tensors on the wire: the protobuf form ({@link corolla.swarm.codec.WireTensor}), the six compressions
 * ({@link corolla.swarm.codec.TensorCodec}), and their pieces on a stream ({@link corolla.swarm.codec.TensorPieces}).
 */
@NullMarked
package corolla.swarm.codec;

import org.jspecify.annotations.NullMarked;
