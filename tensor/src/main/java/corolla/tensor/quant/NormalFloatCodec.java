package corolla.tensor.quant;

import corolla.tensor.NormalFloat;
import corolla.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * NF4 with doubly quantised scales (QLoRA §3). Scales are centred on their mean and kept in eight bits, by up to 256 of a row;
 * weights are quantised with the scales as they decode, so each gets the nearest value that there is.
 */
record NormalFloatCodec() implements RowCodec {
    private static final int BLOCK = NormalFloat.BLOCK;
    private static final int LARGEST = 127;

    @Override
    public void decode(MemorySegment data, long offset, int columns, float[] out) {
        for (int block = 0; block < NormalFloat.blocks(columns); block++) {
            float scale = scale(data, offset, columns, block);
            int end = Math.min(columns, (block + 1) * BLOCK);
            for (int k = block * BLOCK; k < end; k++) {
                int both = data.get(ValueLayout.JAVA_BYTE, offset + k / 2);
                out[k] = scale * NormalFloat.point((both >>> (4 * (k % 2))) & 15);
            }
        }
    }

    private static float scale(MemorySegment data, long offset, int columns, int block) {
        long group = offset
                + NormalFloat.groupsStart(columns)
                + (long) block / NormalFloat.SCALES_PER_GROUP * 2 * Float.BYTES;
        float mean = data.get(Tensor.FLOAT, group);
        float step = data.get(Tensor.FLOAT, group + Float.BYTES);
        return Math.fma(step, data.get(ValueLayout.JAVA_BYTE, offset + NormalFloat.scalesStart(columns) + block), mean);
    }

    @Override
    public void encode(float[] in, int columns, MemorySegment data, long offset) {
        encodeScales(in, columns, data, offset);
        byte[] codes = new byte[(columns + 1) / 2];
        for (int block = 0; block < NormalFloat.blocks(columns); block++) {
            float scale = scale(data, offset, columns, block);
            int end = Math.min(columns, (block + 1) * BLOCK);
            for (int k = block * BLOCK; k < end; k += 2) { // a block begins with a whole byte
                int low = code(in[k], scale);
                int high = k + 1 < end ? code(in[k + 1], scale) : 0;
                codes[k / 2] = (byte) (low | high << 4);
            }
        }
        MemorySegment.copy(codes, 0, data, ValueLayout.JAVA_BYTE, offset, codes.length);
    }

    private static int code(float weight, float scale) {
        return scale == 0 ? NormalFloat.ZERO : NormalFloat.nearest(weight / scale);
    }

    private static void encodeScales(float[] in, int columns, MemorySegment data, long offset) {
        int blocks = NormalFloat.blocks(columns);
        float[] scales = new float[blocks];
        for (int block = 0; block < blocks; block++) {
            scales[block] = Magnitude.largest(in, block * BLOCK, Math.min(columns, (block + 1) * BLOCK));
        }
        for (int group = 0; group < NormalFloat.groups(columns); group++) {
            int from = group * NormalFloat.SCALES_PER_GROUP;
            int to = Math.min(blocks, from + NormalFloat.SCALES_PER_GROUP);
            double sum = 0;
            for (int block = from; block < to; block++) {
                sum += scales[block];
            }
            float mean = (float) (sum / (to - from));
            float farthest = 0;
            for (int block = from; block < to; block++) {
                farthest = Math.max(farthest, Math.abs(scales[block] - mean));
            }
            float step = farthest / LARGEST;
            long at = offset + NormalFloat.groupsStart(columns) + (long) group * 2 * Float.BYTES;
            data.set(Tensor.FLOAT, at, mean);
            data.set(Tensor.FLOAT, at + Float.BYTES, step);
            for (int block = from; block < to; block++) {
                int q = step == 0 ? 0 : Math.round((scales[block] - mean) / step);
                data.set(ValueLayout.JAVA_BYTE, offset + NormalFloat.scalesStart(columns) + block, (byte) q);
            }
        }
    }
}
