package corolla.swarm.codec;

import corolla.tensor.DType;
import corolla.tensor.Shape;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Packs f32 values. NONE and FLOAT16 are bit-exact with the reference; the others need not be, only their decoding. */
final class Encoder {
    private static final int CODEBOOK_SIZE = 256;
    private static final float DEVIATION_MIN = 1.1920929e-07f;
    private static final int RANGE_IN_SIGMAS = 6;
    private static final int BLOCK = 4096;

    private Encoder() {}

    static byte[] encode(MemorySegment floats, Shape shape, DType type, Compression compression) {
        if (!TensorCodec.canEncode(type, compression)) {
            throw new IllegalArgumentException("compression " + compression + " does not go with " + type.torchName());
        }
        int elements = Math.toIntExact(shape.elements());
        return switch (compression) {
            case NONE -> plain(floats, elements, type);
            case FLOAT16 -> halves(floats, elements, type);
            case MEANSTD_16BIT -> meanStd(rounded(floats, elements, type), (int) shape.columns());
            case UNIFORM_8BIT -> uniform(rounded(floats, elements, type));
            case QUANTILE_8BIT -> QuantileEncoder.encode(rounded(floats, elements, type));
            case BLOCKWISE_8BIT -> blockwise(rounded(floats, elements, type));
        };
    }

    private static byte[] plain(MemorySegment floats, int elements, DType type) {
        byte[] out = new byte[Math.toIntExact(type.bytes(elements))];
        MemorySegment to = MemorySegment.ofArray(out);
        switch (type) {
            case F32 -> MemorySegment.copy(floats, 0, to, 0, out.length);
            case BF16 -> {
                for (int i = 0; i < elements; i++) {
                    to.setAtIndex(Tensor.SHORT, i, Floats.toBfloat16(floats.getAtIndex(Tensor.FLOAT, i)));
                }
            }
            default -> {
                for (int i = 0; i < elements; i++) {
                    to.setAtIndex(Tensor.SHORT, i, Float.floatToFloat16(floats.getAtIndex(Tensor.FLOAT, i)));
                }
            }
        }
        return out;
    }

    private static byte[] halves(MemorySegment floats, int elements, DType type) {
        byte[] out = new byte[Math.multiplyExact(elements, Short.BYTES)];
        MemorySegment to = MemorySegment.ofArray(out);
        for (int i = 0; i < elements; i++) {
            float value = Floats.round(floats.getAtIndex(Tensor.FLOAT, i), type);
            to.setAtIndex(Tensor.SHORT, i, Float.floatToFloat16(Floats.clampToHalf(value)));
        }
        return out;
    }

    private static float[] rounded(MemorySegment floats, int elements, DType type) {
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = Floats.round(floats.getAtIndex(Tensor.FLOAT, i), type);
        }
        return values;
    }

    private static byte[] meanStd(float[] x, int columns) {
        int rows = columns == 0 ? 0 : x.length / columns;
        byte[] bytes = array((long) x.length * Short.BYTES + (long) rows * 2 * Float.BYTES);
        ByteBuffer out = writer(bytes);
        int means = x.length * Short.BYTES;
        for (int row = 0; row < rows; row++) {
            float mean = mean(x, row * columns, columns);
            float deviation = deviation(x, row * columns, columns, mean);
            for (int i = row * columns; i < (row + 1) * columns; i++) {
                out.putShort(i * Short.BYTES, Float.floatToFloat16(Floats.clampToHalf((x[i] - mean) / deviation)));
            }
            out.putFloat(means + row * Float.BYTES, mean);
            out.putFloat(means + (rows + row) * Float.BYTES, deviation);
        }
        return bytes;
    }

    private static float mean(float[] x, int from, int count) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += x[i];
        }
        return (float) (sum / count);
    }

    private static float deviation(float[] x, int from, int count, float mean) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            double centered = x[i] - mean;
            sum += centered * centered;
        }
        return Math.max((float) Math.sqrt(sum / count), DEVIATION_MIN);
    }

    private static byte[] uniform(float[] x) {
        float mean = mean(x, 0, x.length);
        double sum = 0;
        for (float value : x) {
            sum += ((double) value - mean) * ((double) value - mean);
        }
        double sigma = x.length > 1 ? Math.sqrt(sum / (x.length - 1)) : 0;
        double scale = RANGE_IN_SIGMAS * sigma / CODEBOOK_SIZE;
        byte[] codes = new byte[x.length];
        for (int i = 0; i < x.length; i++) {
            long step = scale > 0 ? Math.round((x[i] - mean) / scale) : 0;
            codes[i] = (byte) Math.clamp(step + CODEBOOK_SIZE / 2, 0, CODEBOOK_SIZE - 1);
        }
        return withCodebook(x, codes);
    }

    /** The size of the codebook, the mean of the values of each code, the codes. */
    static byte[] withCodebook(float[] x, byte[] codes) {
        double[] sums = new double[CODEBOOK_SIZE];
        int[] counts = new int[CODEBOOK_SIZE];
        for (int i = 0; i < x.length; i++) {
            int code = Byte.toUnsignedInt(codes[i]);
            sums[code] += x[i];
            counts[code]++;
        }
        byte[] bytes = array(Long.BYTES + (long) CODEBOOK_SIZE * Float.BYTES + codes.length);
        ByteBuffer out = writer(bytes);
        out.putLong(CODEBOOK_SIZE);
        for (int code = 0; code < CODEBOOK_SIZE; code++) {
            out.putFloat(counts[code] == 0 ? 0 : (float) (sums[code] / counts[code]));
        }
        out.put(codes);
        return bytes;
    }

    private static byte[] blockwise(float[] x) {
        int blocks = Math.ceilDiv(x.length, BLOCK);
        float[] codebook = DynamicCodebook.values();
        byte[] bytes =
                array(2L * Long.BYTES + (long) blocks * Float.BYTES + (long) codebook.length * Float.BYTES + x.length);
        ByteBuffer out = writer(bytes);
        out.putLong(blocks).putLong(codebook.length);
        float[] scales = new float[blocks];
        for (int i = 0; i < x.length; i++) {
            scales[i / BLOCK] = Math.max(scales[i / BLOCK], Math.abs(x[i]));
        }
        for (float scale : scales) {
            out.putFloat(scale);
        }
        for (float value : codebook) {
            out.putFloat(value);
        }
        for (int i = 0; i < x.length; i++) {
            float scale = scales[i / BLOCK];
            out.put((byte) DynamicCodebook.nearest(codebook, scale > 0 ? x[i] / scale : 0));
        }
        return bytes;
    }

    private static byte[] array(long bytes) {
        return new byte[Math.toIntExact(bytes)];
    }

    private static ByteBuffer writer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
