package corolla.swarm.codec;

import corolla.base.ProtocolException;
import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Tensors to bytes and back. Decodes all six compressions exactly as the reference does; announced sizes are compared with
 * the bytes at hand before anything is allocated. Stateless.
 */
public final class TensorCodec {
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private TensorCodec() {}

    /**
     * Unpacks a tensor in its own dtype.
     *
     * @param arena owns the result
     * @throws ProtocolException when bytes and sizes do not fit, or the dtype is not known
     */
    public static Tensor decode(WireTensor wire, Arena arena) throws ProtocolException {
        DType type = WireTypes.of(wire);
        Decoder decoder = Decoder.of(wire, type);
        Tensor tensor = Tensor.allocate(arena, type, wire.sizes());
        if (wire.compression() == Compression.NONE && !decoder.isLegacyBfloat16()) {
            MemorySegment.copy(wire.buffer(), 0, tensor.data(), 0, wire.byteCount());
        } else if (type == DType.F64) {
            widen(decoder, tensor);
        } else {
            narrow(decoder, tensor);
        }
        return tensor;
    }

    private static void widen(Decoder decoder, Tensor tensor) {
        for (long i = 0; i < tensor.elements(); i++) {
            tensor.data().setAtIndex(DOUBLE, i, decoder.floatAt(i));
        }
    }

    private static void narrow(Decoder decoder, Tensor tensor) {
        MemorySegment out = tensor.data();
        for (long i = 0; i < tensor.elements(); i++) {
            float value = decoder.floatAt(i);
            switch (tensor.dtype()) {
                case F32 -> out.setAtIndex(Tensor.FLOAT, i, value);
                case BF16 -> out.setAtIndex(Tensor.SHORT, i, Floats.toBfloat16(value));
                default -> out.setAtIndex(Tensor.SHORT, i, Float.floatToFloat16(value));
            }
        }
    }

    /**
     * Unpacks a floating tensor as f32.
     *
     * @param into exactly as many f32 as the tensor has elements
     * @throws ProtocolException when bytes and sizes do not fit, or the dtype is not floating
     */
    public static void decodeFloats(WireTensor wire, MemorySegment into) throws ProtocolException {
        DType type = WireTypes.of(wire);
        if (!WireTypes.isFloating(type) && type != DType.F64) {
            throw new ProtocolException("expected a floating tensor, found " + wire.dtype());
        }
        Decoder decoder = Decoder.of(wire, type);
        if (into.byteSize() != wire.elements() * Float.BYTES) {
            throw new IllegalArgumentException(wire + " does not fit memory of " + into.byteSize() + " bytes");
        }
        decoder.floats(into);
    }

    /** Checks that {@code wire} can be unpacked, before memory is prepared for it. */
    public static void check(WireTensor wire) throws ProtocolException {
        Decoder.of(wire, WireTypes.of(wire));
    }

    /**
     * Unpacks an int64 tensor.
     *
     * @param elementsMax more are refused
     */
    public static long[] decodeLongs(WireTensor wire, int elementsMax) throws ProtocolException {
        if (WireTypes.of(wire) != DType.I64 || wire.compression() != Compression.NONE) {
            throw new ProtocolException("expected an int64 tensor without compression, found " + wire);
        }
        if (wire.elements() > elementsMax || wire.elements() * Long.BYTES != wire.byteCount()) {
            throw new ProtocolException("an int64 tensor " + wire + " has not its size, or more than " + elementsMax);
        }
        return wire.buffer().toArray(LONG);
    }

    /** Packs an int64 tensor. */
    public static WireTensor encodeLongs(long[] values, long... sizes) {
        byte[] buffer = new byte[Math.multiplyExact(values.length, Long.BYTES)];
        MemorySegment.copy(values, 0, MemorySegment.ofArray(buffer), LONG, 0, values.length);
        return WireTensor.of(buffer, DType.I64.torchName(), Compression.NONE, sizes);
    }

    /**
     * Packs f32 values as a tensor of {@code type}.
     *
     * @param values f32; their shape goes on the wire
     * @param type f32, bf16 or f16: what the receiver sees, rounded to nearest even
     * @throws IllegalArgumentException when {@code type} and {@code compression} do not go together
     */
    public static WireTensor encode(Tensor values, DType type, Compression compression) {
        return encode(values.data(), values.shape(), type, compression);
    }

    /** As {@link #encode(Tensor, DType, Compression)}, for memory under another shape. */
    public static WireTensor encode(MemorySegment floats, Shape shape, DType type, Compression compression) {
        if (!WireTypes.isFloating(type)) {
            throw new IllegalArgumentException("cannot pack floats as " + type);
        }
        byte[] buffer = Encoder.encode(floats, shape, type, compression);
        return WireTensor.of(buffer, type.torchName(), compression, shape.toArray());
    }

    /**
     * A floating tensor packed otherwise, as f32; the very same object where it is packed so already. What a lossy packing has lost stays
     * lost, and another may lose more.
     */
    public static WireTensor repack(WireTensor wire, Compression compression) throws ProtocolException {
        if (wire.compression() == compression) {
            return wire;
        }
        check(wire); // before memory is prepared for it
        MemorySegment floats = MemorySegment.ofArray(new float[Math.toIntExact(wire.elements())]);
        decodeFloats(wire, floats);
        return encode(floats, Shape.of(wire.sizes()), DType.F32, compression);
    }

    /** Whether {@link #encode} can do this: half-precision codecs refuse bfloat16, as the reference does. */
    public static boolean canEncode(DType type, Compression compression) {
        boolean half = compression == Compression.FLOAT16 || compression == Compression.MEANSTD_16BIT;
        return WireTypes.isFloating(type) && !(half && type == DType.BF16);
    }
}
