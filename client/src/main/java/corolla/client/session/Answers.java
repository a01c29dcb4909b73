package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.client.routing.Hop;
import corolla.swarm.codec.Compression;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Checks what a server answers before it is believed. */
public final class Answers {

    /** The largest hidden states of real models are some 10⁵; a flipped exponent bit gives 10³⁰. */
    private static final float MAGNITUDE_MAX = 1e8f;

    private Answers() {}

    /**
     * The output for some hidden states: one tensor of the same shape, all of it numbers.
     *
     * @param floats receives it as f32
     * @return the output, packed as the next server may get it
     */
    public static WireTensor output(List<WireTensor> tensors, WireTensor input, MemorySegment floats, Hop hop)
            throws ProtocolException {
        if (tensors.size() != 1) {
            throw malformed(hop, tensors.size() + " tensors instead of one");
        }
        WireTensor output = tensors.getFirst();
        for (int i = 0; i < 3; i++) {
            if (output.rank() != 3 || output.size(i) != input.size(i)) {
                throw malformed(hop, output + " for hidden states " + input);
            }
        }
        TensorCodec.decodeFloats(output, floats);
        if (!areSensible(floats)) {
            throw malformed(hop, "hidden states that are not numbers, or absurdly large");
        }
        boolean isPlain = output.compression() == Compression.NONE;
        return isPlain ? output : TensorCodec.encode(floats, Shape.of(output.sizes()), DType.F32, Compression.NONE);
    }

    /** Whether all are numbers, and none is absurd. */
    private static boolean areSensible(MemorySegment floats) {
        long count = floats.byteSize() / Float.BYTES;
        float largest = 0; // NaN once there has been one
        for (long i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(floats.getAtIndex(Tensor.FLOAT, i)));
        }
        return largest <= MAGNITUDE_MAX;
    }

    private static ProtocolException malformed(Hop hop, String found) {
        return new ProtocolException(hop.peer().shortForm() + " answered blocks " + hop.span() + " with " + found);
    }
}
