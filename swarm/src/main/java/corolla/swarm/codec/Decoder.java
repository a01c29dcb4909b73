package corolla.swarm.codec;

import corolla.base.ProtocolException;
import corolla.tensor.DType;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One packed tensor, checked, whose elements can be read as floats that are values of its dtype. Confined to one thread.
 *
 * <p>Each step of a formula is rounded to the dtype where the reference computes in it.
 */
abstract sealed class Decoder {
    private static final long CODEBOOK_SIZE_MAX = 256;
    private static final long BLOCK = 4096;

    final MemorySegment buffer;
    final DType type;
    final long elements;

    private Decoder(WireTensor wire, DType type) {
        this.buffer = wire.buffer();
        this.type = type;
        this.elements = wire.elements();
    }

    /** Checks that the bytes are exactly those that sizes, dtype and compression want. */
    static Decoder of(WireTensor wire, DType type) throws ProtocolException {
        if (wire.compression() != Compression.NONE && !WireTypes.isFloating(type) && type != DType.F64) {
            throw new ProtocolException("compression " + wire.compression() + " of a tensor of " + wire.dtype());
        }
        return switch (wire.compression()) {
            case NONE -> plain(wire, type);
            case FLOAT16 -> new Half(wire, type);
            case MEANSTD_16BIT -> new MeanStd(wire, type);
            case QUANTILE_8BIT, UNIFORM_8BIT -> new Codebook(wire, type);
            case BLOCKWISE_8BIT -> new Blockwise(wire, type);
        };
    }

    private static Decoder plain(WireTensor wire, DType type) throws ProtocolException {
        // Old peers send bfloat16 as the four bytes of a float32, under the same name.
        boolean legacy = type == DType.BF16
                && wire.elements() > 0
                && wire.byteCount() / 4 == wire.elements()
                && wire.byteCount() % 4 == 0;
        if (!legacy) {
            expect(wire, wire.elements(), type.bytesPerGroup(), 0);
        }
        return new Plain(wire, type, legacy);
    }

    private static void expect(WireTensor wire, long elements, int bytesEach, long extra) throws ProtocolException {
        boolean overflows = elements > (Long.MAX_VALUE >> 4);
        if (overflows || elements * bytesEach + extra != wire.byteCount()) {
            throw new ProtocolException("a tensor " + wire + " does not have the bytes that its sizes want");
        }
    }

    /** Element {@code i} in row-major order. */
    abstract float floatAt(long i);

    /** All elements. */
    void floats(MemorySegment into) {
        for (long i = 0; i < elements; i++) {
            into.setAtIndex(Tensor.FLOAT, i, floatAt(i));
        }
    }

    boolean isLegacyBfloat16() {
        return false;
    }

    final float halfAt(long offset, long i) {
        return Float.float16ToFloat(buffer.get(Tensor.SHORT, offset + i * Short.BYTES));
    }

    final float singleAt(long offset, long i) {
        return buffer.get(Tensor.FLOAT, offset + i * Float.BYTES);
    }

    final int unsignedByteAt(long offset, long i) {
        return Byte.toUnsignedInt(buffer.get(ValueLayout.JAVA_BYTE, offset + i));
    }

    /** Elements as they are. */
    private static final class Plain extends Decoder {
        private final boolean legacy;

        Plain(WireTensor wire, DType type, boolean legacy) {
            super(wire, type);
            this.legacy = legacy;
        }

        @Override
        boolean isLegacyBfloat16() {
            return legacy;
        }

        @Override
        float floatAt(long i) {
            if (legacy) {
                return Floats.round(singleAt(0, i), DType.BF16);
            }
            return switch (type) {
                case F32 -> singleAt(0, i);
                case BF16 -> Floats.ofBfloat16(buffer.getAtIndex(Tensor.SHORT, i));
                case F16 -> halfAt(0, i);
                case F64 -> (float) buffer.getAtIndex(TensorCodec.DOUBLE, i);
                default -> throw new IllegalStateException(type + " is not floating");
            };
        }

        /** One loop a type, so that each becomes a copy or a vector loop. */
        @Override
        void floats(MemorySegment into) {
            if (type == DType.F32) {
                MemorySegment.copy(buffer, 0, into, 0, buffer.byteSize());
            } else if (type == DType.BF16 && !legacy) {
                for (long i = 0; i < elements; i++) {
                    into.setAtIndex(Tensor.FLOAT, i, Floats.ofBfloat16(buffer.getAtIndex(Tensor.SHORT, i)));
                }
            } else {
                super.floats(into);
            }
        }
    }

    /** IEEE halves. */
    private static final class Half extends Decoder {
        Half(WireTensor wire, DType type) throws ProtocolException {
            super(wire, type);
            expect(wire, elements, Short.BYTES, 0);
        }

        @Override
        float floatAt(long i) {
            return Floats.round(halfAt(0, i), type);
        }
    }

    /** Halves with a mean and a standard deviation for each row of the last dimension. */
    private static final class MeanStd extends Decoder {
        private final long columns;
        private final long means;
        private final long deviations;

        MeanStd(WireTensor wire, DType type) throws ProtocolException {
            super(wire, type);
            columns = wire.rank() == 0 ? 1 : wire.size(wire.rank() - 1);
            if (elements == 0 || type == DType.F64) {
                throw new ProtocolException("compression MEANSTD_16BIT of a tensor " + wire);
            }
            long rows = elements / columns;
            if (elements > (Long.MAX_VALUE >> 4)) {
                throw new ProtocolException("a tensor " + wire + " is too large");
            }
            expect(wire, elements, Short.BYTES, rows * 2 * Float.BYTES);
            means = elements * Short.BYTES;
            deviations = means + rows * Float.BYTES;
        }

        @Override
        float floatAt(long i) {
            long row = i / columns;
            float scaled = Floats.round(halfAt(0, i) * singleAt(deviations, row), type);
            return Floats.round(scaled + singleAt(means, row), type);
        }
    }

    /** One byte an element, an index into a table of floats. */
    private static final class Codebook extends Decoder {
        private final float[] codebook;
        private final long codes;

        Codebook(WireTensor wire, DType type) throws ProtocolException {
            super(wire, type);
            codebook = codebook(wire, Long.BYTES, wire.byteCount() < Long.BYTES ? -1 : buffer.get(TensorCodec.LONG, 0));
            codes = Long.BYTES + (long) codebook.length * Float.BYTES;
            expect(wire, elements, Byte.BYTES, codes);
            checkCodes(wire, codes, codebook.length);
            for (int i = 0; i < codebook.length; i++) {
                codebook[i] = Floats.round(codebook[i], type);
            }
        }

        @Override
        float floatAt(long i) {
            return codebook[unsignedByteAt(codes, i)];
        }
    }

    /** One byte an element, an index into a table that each block of 4096 elements scales. */
    private static final class Blockwise extends Decoder {
        private static final long HEADER = 2 * Long.BYTES;

        private final float[] codebook;
        private final long codes;

        Blockwise(WireTensor wire, DType type) throws ProtocolException {
            super(wire, type);
            long blocks = elements / BLOCK + (elements % BLOCK == 0 ? 0 : 1);
            if (wire.byteCount() < HEADER || buffer.get(TensorCodec.LONG, 0) != blocks || elements > wire.byteCount()) {
                throw new ProtocolException("a tensor " + wire + " has not one scale for each block of " + BLOCK);
            }
            long tables = HEADER + blocks * Float.BYTES;
            codebook = codebook(wire, tables, buffer.get(TensorCodec.LONG, Long.BYTES));
            codes = tables + (long) codebook.length * Float.BYTES;
            expect(wire, elements, Byte.BYTES, codes);
            checkCodes(wire, codes, codebook.length);
        }

        @Override
        float floatAt(long i) {
            return Floats.round(codebook[unsignedByteAt(codes, i)] * singleAt(HEADER, i / BLOCK), type);
        }
    }

    /** The table of {@code size} floats at {@code offset}, when there is one. */
    final float[] codebook(WireTensor wire, long offset, long size) throws ProtocolException {
        if (type == DType.F64
                || size < 0
                || size > CODEBOOK_SIZE_MAX
                || offset + size * Float.BYTES > buffer.byteSize()) {
            throw new ProtocolException("a tensor " + wire + " has a codebook of " + size + " values");
        }
        return buffer.asSlice(offset, size * Float.BYTES).toArray(Tensor.FLOAT);
    }

    /** A short codebook must have every value that is used. */
    final void checkCodes(WireTensor wire, long offset, int size) throws ProtocolException {
        for (long i = 0; size < CODEBOOK_SIZE_MAX && i < elements; i++) {
            if (unsignedByteAt(offset, i) >= size) {
                throw new ProtocolException("a tensor " + wire + " uses a value behind its codebook of " + size);
            }
        }
    }
}
