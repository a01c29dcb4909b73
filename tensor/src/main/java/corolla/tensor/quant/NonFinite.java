package corolla.tensor.quant;

import corolla.tensor.BFloat16;
import corolla.tensor.DType;
import corolla.tensor.NormalFloat;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * Finds values that are no numbers (NaN) or infinite, at about the speed of reading: plain floats eight bytes at a time, in
 * quantised types only the scales, as nothing else in them can be one.
 */
public final class NonFinite {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long F32_EXPONENTS = 0x7F80_0000_7F80_0000L;
    private static final long BF16_EXPONENTS = 0x7F80_7F80_7F80_7F80L;
    private static final long F16_EXPONENTS = 0x7C00_7C00_7C00_7C00L;
    private static final int LONGS_BETWEEN_LOOKS = 512;

    private NonFinite() {}

    /** Index of the first such element, counted over the whole tensor (in quantised types that of its group); empty when there is none. */
    public static OptionalLong find(Tensor tensor) {
        return switch (tensor.dtype()) {
            case F32 -> findPlain(tensor, F32_EXPONENTS, 0x0000_0001_0000_0001L);
            case BF16 -> findPlain(tensor, BF16_EXPONENTS, 0x0001_0001_0001_0001L);
            case F16 -> findPlain(tensor, F16_EXPONENTS, 0x0001_0001_0001_0001L);
            case I8, U8, I16, I32, I64, BOOL -> OptionalLong.empty();
            case INT8, NF4 -> findRowwise(tensor);
            case Q8_0, Q4_0 -> findScale(tensor, 0);
            case Q4_1, Q4_K, Q5_K -> findScale(tensor, 0, 2);
            case Q6_K -> findScale(tensor, 208);
            default -> findDecoded(tensor);
        };
    }

    /**
     * Lanes whose exponent is all ones become zero under xor; subtracting one from each lane then borrows into its top bit. A
     * lane above such a one may look like it, too, so the place is looked for anew.
     */
    private static OptionalLong findPlain(Tensor tensor, long exponents, long ones) {
        MemorySegment data = tensor.data();
        long tops = ones << (tensor.dtype() == DType.F32 ? 31 : 15);
        long longs = data.byteSize() / 8;
        for (long start = 0; start < longs; start += LONGS_BETWEEN_LOOKS) {
            long end = Math.min(longs, start + LONGS_BETWEEN_LOOKS);
            long found = 0;
            for (long i = start; i < end; i++) {
                long rest = (data.get(LONG, 8 * i) & exponents) ^ exponents;
                found |= (rest - ones) & ~rest & tops;
            }
            if (found != 0) {
                return firstBetween(tensor, 8 * start, 8 * end);
            }
        }
        return firstBetween(tensor, 8 * longs, data.byteSize());
    }

    private static OptionalLong firstBetween(Tensor tensor, long from, long to) {
        int bytes = tensor.dtype().bytesPerGroup();
        for (long at = from; at < to; at += bytes) {
            if (!Float.isFinite(plain(tensor, at))) {
                return OptionalLong.of(at / bytes);
            }
        }
        return OptionalLong.empty();
    }

    private static float plain(Tensor tensor, long at) {
        return switch (tensor.dtype()) {
            case BF16 -> BFloat16.toFloat(tensor.data().get(SHORT, at));
            case F16 -> Float.float16ToFloat(tensor.data().get(SHORT, at));
            default -> tensor.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at);
        };
    }

    private static OptionalLong findScale(Tensor tensor, int... offsets) {
        MemorySegment data = tensor.data();
        int bytes = tensor.dtype().bytesPerGroup();
        for (long at = 0; at < data.byteSize(); at += bytes) {
            for (int offset : offsets) {
                if ((data.get(SHORT, at + offset) & 0x7C00) == 0x7C00) {
                    return OptionalLong.of(at / bytes * tensor.dtype().elementsPerGroup());
                }
            }
        }
        return OptionalLong.empty();
    }

    /** The f32 scales at the end of each row. */
    private static OptionalLong findRowwise(Tensor tensor) {
        long columns = tensor.columns();
        long first = tensor.dtype() == DType.INT8 ? columns : NormalFloat.groupsStart(columns);
        for (long row = 0; row < tensor.rows(); row++) {
            for (long at = first; at < tensor.rowBytes(); at += Float.BYTES) {
                if (!Float.isFinite(tensor.data().get(Tensor.FLOAT, row * tensor.rowBytes() + at))) {
                    return OptionalLong.of(row * columns);
                }
            }
        }
        return OptionalLong.empty();
    }

    /** Types without a rule of their own are decoded: slower, and as right. */
    private static OptionalLong findDecoded(Tensor tensor) {
        float[] row = new float[Math.toIntExact(tensor.columns())];
        for (long i = 0; i < tensor.rows(); i++) {
            Elements.decodeRow(tensor, i, row);
            for (int column = 0; column < row.length; column++) {
                if (!Float.isFinite(row[column])) {
                    return OptionalLong.of(i * row.length + column);
                }
            }
        }
        return OptionalLong.empty();
    }
}
