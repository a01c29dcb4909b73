package corolla.client.session;

import corolla.base.ProtocolException;
import corolla.client.routing.Hop;
import corolla.swarm.codec.TensorCodec;
import corolla.swarm.codec.WireTensor;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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
     * @return the output in the form it came
     */
    public static WireTensor output(List<WireTensor> tensors, WireTensor input, MemorySegment floats, Hop hop)
            throws ProtocolException {
        if (tensors.size() != 1) {
            throw malformed(hop, tensors.size() + " tensors instead of one");
        }
        WireTensor output = tensors.getFirst();
        float largest = unpack(output, input.sizes(), floats, hop);
        if (largest > MAGNITUDE_MAX) {
            throw malformed(hop, "absurd hidden states: one is " + largest);
        }
        return output;
    }

    /**
     * Unpacks one tensor of an answer.
     *
     * @param sizes what it must have
     * @param floats receives it as f32
     */
    public static void floats(WireTensor answer, long[] sizes, MemorySegment floats, Hop hop) throws ProtocolException {
        unpack(answer, sizes, floats, hop);
    }

    /** Returns the largest magnitude. */
    private static float unpack(WireTensor answer, long[] sizes, MemorySegment floats, Hop hop)
            throws ProtocolException {
        if (!Arrays.equals(answer.sizes(), sizes)) {
            throw malformed(hop, answer + " where sizes " + Arrays.toString(sizes) + " were expected");
        }
        TensorCodec.decodeFloats(answer, floats);
        float largest = largest(floats);
        if (!Float.isFinite(largest)) {
            throw malformed(hop, "values that are not numbers");
        }
        return largest;
    }

    private static float largest(MemorySegment floats) {
        long count = floats.byteSize() / Float.BYTES;
        float largest = 0; // NaN once there has been one
        for (long i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(floats.getAtIndex(Tensor.FLOAT, i)));
        }
        return largest;
    }

    private static ProtocolException malformed(Hop hop, String found) {
        return new ProtocolException(hop.peer().shortForm() + " answered blocks " + hop.span() + " with " + found);
    }
}
