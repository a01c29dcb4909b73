package corolla.tensor;

/** Sizes and code points of {@link DType#NF4} (QLoRA, Dettmers et al. 2023, §3 and appendix E). */
public final class NormalFloat {
    /** Columns that share a scale. */
    public static final int BLOCK = 64;

    /** Scales that share a mean and a scale of their own. */
    public static final int SCALES_PER_GROUP = 256;

    /** The code of zero. */
    public static final int ZERO = 7;

    private static final int GROUP_BYTES = 2 * Float.BYTES;

    /** Quantiles of the normal distribution, the same mass between two neighbours, with an exact zero; the paper's table. */
    private static final float[] POINTS = {
        -1.0f,
        -0.6961928f,
        -0.52507305f,
        -0.3949175f,
        -0.28444138f,
        -0.18477343f,
        -0.091050036f,
        0.0f,
        0.0795803f,
        0.1609302f,
        0.2461123f,
        0.33791524f,
        0.44070983f,
        0.562617f,
        0.72295684f,
        1.0f
    };

    /** Cells of equal width between -1 and 1, narrower than two neighbouring borders are apart. */
    private static final int CELLS = 64;

    /** Between a code and the next one. */
    private static final float[] BORDERS = borders();

    /** The code at the beginning of a cell. */
    private static final byte[] FIRST_CODES = firstCodes();

    private NormalFloat() {}

    private static float[] borders() {
        float[] borders = new float[POINTS.length];
        for (int code = 0; code < POINTS.length - 1; code++) {
            borders[code] = (POINTS[code] + POINTS[code + 1]) / 2;
        }
        borders[POINTS.length - 1] = Float.POSITIVE_INFINITY;
        return borders;
    }

    private static byte[] firstCodes() {
        byte[] codes = new byte[CELLS + 1];
        for (int cell = 0; cell <= CELLS; cell++) {
            float start = cell * (2f / CELLS) - 1;
            while (start > BORDERS[codes[cell]]) {
                codes[cell]++;
            }
        }
        return codes;
    }

    /** What a code from 0 to 15 stands for, between -1 and 1. */
    public static float point(int code) {
        return POINTS[code];
    }

    /** The code whose point is nearest; the lower of two. */
    public static int nearest(float value) {
        // A cell has at most one border within, and no border is so near to a cell's beginning that the rounding of a
        // sum could matter.
        int cell = Math.max(0, Math.min(CELLS, (int) ((value + 1) * (CELLS / 2))));
        int code = FIRST_CODES[cell];
        return value > BORDERS[code] ? code + 1 : code;
    }

    /** Blocks of a row, the last one maybe shorter. */
    public static int blocks(long columns) {
        return Math.toIntExact((columns + BLOCK - 1) / BLOCK);
    }

    /** Groups of scales of a row, the last one maybe shorter. */
    public static int groups(long columns) {
        return (blocks(columns) + SCALES_PER_GROUP - 1) / SCALES_PER_GROUP;
    }

    /** Where a row's scales begin, after its codes. */
    public static long scalesStart(long columns) {
        return (columns + 1) / 2;
    }

    /** Where a row's groups of scales begin, after its scales. */
    public static long groupsStart(long columns) {
        return scalesStart(columns) + blocks(columns);
    }

    static long rowBytes(long columns) {
        return groupsStart(columns) + (long) GROUP_BYTES * groups(columns);
    }
}
