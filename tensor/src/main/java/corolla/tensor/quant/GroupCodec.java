package corolla.tensor.quant;

import corolla.tensor.DType;
import java.lang.foreign.MemorySegment;

/** Reads and writes one group of elements. Stateless. */
interface GroupCodec {

    /** Decodes the group at byte {@code offset} to {@code out[at...]}. */
    void decode(MemorySegment data, long offset, float[] out, int at);

    /** Encodes {@code in[at...]} to the group at byte {@code offset}. */
    void encode(float[] in, int at, MemorySegment data, long offset);

    static GroupCodec of(DType dtype) {
        return switch (dtype) {
            case F32, F64, F8_E4M3, F8_E5M2, I8, U8, I16, I32, I64, BOOL -> new ElementCodec(dtype);
            case Q8_0 -> new Q8Codec();
            case Q4_0 -> new Q4ZeroCodec();
            case Q4_1 -> new Q4OneCodec();
            case INT8, NF4, BF16, F16 -> throw new IllegalArgumentException(dtype + " is stored by rows");
            case Q4_K, Q5_K -> new KCodec(dtype);
            case Q6_K -> new Q6KCodec();
            case MXFP4 -> new Mxfp4Codec();
        };
    }
}
