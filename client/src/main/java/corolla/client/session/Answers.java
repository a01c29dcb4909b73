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
import java.util.Arrays;
import java.util.List;

/** Checks what a server answers before it is believed. */
public final class Answers {

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
        floats(output, input.sizes(), floats, hop);
        boolean isPlain = output.compression() == Compression.NONE;
        return isPlain ? output : TensorCodec.encode(floats, Shape.of(output.sizes()), DType.F32, Compression.NONE);
    }

    /**
     * Unpacks one tensor of an answer.
     *
     * @param sizes what it must have
     * @param floats receives it as f32
     */
    public static void floats(WireTensor answer, long[] sizes, MemorySegment floats, Hop hop) throws ProtocolException {
        if (!Arrays.equals(answer.sizes(), sizes)) {
            throw malformed(hop, answer + " where sizes " + Arrays.toString(sizes) + " were expected");
        }
        TensorCodec.decodeFloats(answer, floats);
        if (!areNumbers(floats)) {
            throw malformed(hop, "values that are not numbers");
        }
    }

    private static boolean areNumbers(MemorySegment floats) {
        long count = floats.byteSize() / Float.BYTES;
        float sum = 0; // 0 · x is 0 for numbers, NaN for NaN and infinities
        for (long i = 0; i < count; i++) {
            sum += 0 * floats.getAtIndex(Tensor.FLOAT, i);
        }
        return sum == 0;
    }

    private static ProtocolException malformed(Hop hop, String found) {
        return new ProtocolException(hop.peer().shortForm() + " answered blocks " + hop.span() + " with " + found);
    }
}
