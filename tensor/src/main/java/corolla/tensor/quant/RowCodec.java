package corolla.tensor.quant;

import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;

/** Reads and writes one row of elements. Stateless. */
interface RowCodec {

    /** Decodes the row at byte {@code offset} to {@code out[0 ... columns)}. */
    void decode(MemorySegment data, long offset, int columns, float[] out);

    /** Encodes {@code in[0 ... columns)} to the row at byte {@code offset}. */
    void encode(float[] in, int columns, MemorySegment data, long offset);

    static RowCodec of(DType dtype) {
        return switch (dtype) {
            case INT8 -> new Int8Codec();
            case NF4 -> new NormalFloatCodec();
            case BF16, F16 -> new HalfCodec(dtype);
            default -> new Groups(dtype, GroupCodec.of(dtype));
        };
    }

    /** Groups one after the other. */
    record Groups(DType dtype, GroupCodec codec) implements RowCodec {

        @Override
        public void decode(MemorySegment data, long offset, int columns, float[] out) {
            long at = offset;
            for (int i = 0; i < columns; i += dtype.elementsPerGroup(), at += dtype.bytesPerGroup()) {
                codec.decode(data, at, out, i);
            }
        }

        @Override
        public void encode(float[] in, int columns, MemorySegment data, long offset) {
            long at = offset;
            for (int i = 0; i < columns; i += dtype.elementsPerGroup(), at += dtype.bytesPerGroup()) {
                codec.encode(in, i, data, at);
            }
        }
    }
}
